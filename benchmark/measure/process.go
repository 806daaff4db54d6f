package measure

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"time"

	"github.com/go-modern-rest/rest/benchmark/workload"
)

// Process is a peer in another language, which calls its own handlers without a network. It reads a
// request from each line of its input, and answers with a line.
type Process struct {
	command *exec.Cmd
	input   io.WriteCloser
	answers *bufio.Reader
}

// request is a line of input, in JSON.
type request struct {
	Method string            `json:"method"`
	Path   string            `json:"path"`
	Header map[string]string `json:"header"`
	Body   string            `json:"body"`
	// Times is how often to call. Zero: once, and the reply is the answer.
	Times int `json:"times"`
}

// answer is a line of output.
type answer struct {
	Status      int    `json:"status"`
	Body        string `json:"body"`
	Nanoseconds int64  `json:"nanoseconds"`
}

// StartProcess starts a program. Close ends it.
func StartProcess(name string, args ...string) (*Process, error) {
	command := exec.Command(name, args...) //nolint:gosec // the caller's program
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	return &Process{command: command, input: input, answers: bufio.NewReader(output)}, nil
}

// Close ends the program.
func (p *Process) Close() error {
	return errors.Join(p.input.Close(), p.command.Wait())
}

func (p *Process) ask(r request) (answer, error) {
	line, err := json.Marshal(r)
	if err != nil {
		return answer{}, err
	}
	if _, err := p.input.Write(append(line, '\n')); err != nil {
		return answer{}, err
	}
	reply, err := p.answers.ReadBytes('\n')
	if err != nil {
		return answer{}, fmt.Errorf("measure: %s does not answer: %w", p.command.Path, err)
	}
	var a answer
	return a, json.Unmarshal(reply, &a)
}

// Target returns a workload of the program.
func (p *Process) Target(w workload.Workload) Target {
	r := request{Method: w.Method, Path: w.Path, Header: map[string]string{}, Body: w.Body}
	maps.Copy(r.Header, w.Header)
	return foreign{p, r}
}

// foreign is a target in another process.
type foreign struct {
	process *Process
	request request
}

func (t foreign) Call() (int, []byte, error) {
	reply, err := t.process.ask(t.request)
	return reply.Status, []byte(reply.Body), err
}

func (t foreign) Run(n int) (time.Duration, error) {
	run := t.request
	run.Times = n
	reply, err := t.process.ask(run)
	return time.Duration(reply.Nanoseconds), err
}
