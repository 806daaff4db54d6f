package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// section is a part of a page, which the page names.
type section struct{ name, title, text string }

// sections returns all parts that were measured, in order.
func (r *Report) sections() []section {
	all := []section{
		{"machine", "", r.machine()},
		{"ratios", "CPU time without a network, ratio to the floor: less is faster", r.inProcess(ratio, authentication...)},
		{"nanoseconds", "The same in nanoseconds", r.inProcess(nanoseconds, authentication...)},
		{"allocations", "Allocations", r.inProcess(allocations, authentication...)},
		{"features", "Other replies and stores, ratio to the floor", r.inProcess(ratio, features...)},
	}
	if len(r.Network) > 0 {
		all = append(all,
			section{"network", "CPU time of the server over connections, ratio to the floor", r.network(networkRatio)},
			section{"network microseconds", "The same in microseconds for a request", r.network(microseconds)},
			section{"authentication", "Authentication alone", r.authentication()},
			section{"latency", "Latency of half and of 99 % of the requests, in milliseconds", r.network(latency)},
			section{"python", "How many times as much as ours the peers in Python cost", r.python()})
	}
	if len(r.StartUps) > 0 {
		all = append(all, section{"start-up", "Start-up", r.startUp()})
	}
	return append(all, section{"workloads", "", r.workloads()}, section{"peers", "", r.peers()})
}

var (
	authentication = []string{"W0", "W1", "W1f", "W2", "W3", "W4", "W4d", "W5", "W6", "W7", "W8"}
	features       = []string{"400", "404", "SSE", "P4", "P5", "PF", "R4", "RB", "L10", "L100", "L1000", "L10000"}
)

func (r *Report) machine() string {
	versions := make([]string, 0, len(r.Machine.Versions))
	for name, version := range r.Machine.Versions {
		versions = append(versions, name+" "+version)
	}
	slices.Sort(versions)
	return fmt.Sprintf("%s, %d shared cores of %s, %s, %s.\n", r.Date.Format("2 January 2006"), r.Machine.Cores, r.Machine.Processor, r.Machine.System, strings.Join(versions, ", "))
}

func (r *Report) workloads() string {
	var rows [][2]string
	for _, w := range r.InProcess {
		rows = append(rows, [2]string{w.ID, w.Title})
	}
	return glossary("A request", rows)
}

func (r *Report) peers() string {
	var rows [][2]string
	for _, p := range r.Peers {
		rows = append(rows, [2]string{p.Name, p.Note})
	}
	return glossary("Made of", rows)
}

// glossary is a table of names and what they mean.
func glossary(head string, rows [][2]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| | %s |\n|---|---|\n", head)
	for _, row := range rows {
		fmt.Fprintf(&b, "| %s | %s |\n", row[0], row[1])
	}
	return b.String()
}

// Markdown returns all sections.
func (r *Report) Markdown() string {
	var b strings.Builder
	for _, s := range r.sections() {
		if s.title != "" {
			fmt.Fprintf(&b, "**%s**\n\n", s.title)
		}
		b.WriteString(s.text + "\n")
	}
	return b.String()
}

// mark is a place in a page: <!-- benchmark: ratios --> until <!-- end -->.
var mark = regexp.MustCompile(`(?s)<!-- benchmark: ([a-z -]+) -->\n.*?<!-- end -->`)

// Fill writes the sections that a page names between its marks.
func (r *Report) Fill(page string) (string, error) {
	sections := r.sections()
	var unknown []string
	filled := mark.ReplaceAllStringFunc(page, func(found string) string {
		name := mark.FindStringSubmatch(found)[1]
		at := slices.IndexFunc(sections, func(s section) bool { return s.name == name })
		if at < 0 {
			unknown = append(unknown, name)
			return found
		}
		return fmt.Sprintf("<!-- benchmark: %s -->\n%s<!-- end -->", name, sections[at].text)
	})
	if len(unknown) > 0 {
		return "", fmt.Errorf("report: the run has no section %q", unknown)
	}
	return filled, nil
}
