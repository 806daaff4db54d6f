package report

import (
	"os"
	"runtime"
	"strings"
)

// Machine is where a report comes from.
type Machine struct {
	Processor string `json:"processor"`
	Cores     int    `json:"cores"`
	System    string `json:"system"`
	// Versions are those of the languages, by name.
	Versions map[string]string `json:"versions"`
}

// ThisMachine describes the machine that the program runs on.
func ThisMachine() Machine {
	model, cores := processors()
	return Machine{
		Processor: model,
		Cores:     cores,
		System:    runtime.GOOS + "/" + runtime.GOARCH,
		Versions:  map[string]string{"Go": strings.TrimPrefix(runtime.Version(), "go")},
	}
}

// processors returns the model and the number of all cores of the machine, not only of those that
// this process may use.
func processors() (model string, cores int) {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor", runtime.NumCPU()
	}
	for line := range strings.Lines(string(text)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			model = strings.TrimSpace(value)
			cores++
		}
	}
	return model, cores
}
