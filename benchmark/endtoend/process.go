package endtoend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/go-modern-rest/rest/benchmark/workload"
)

// patience is how long a server may take to start or to end.
const patience = 30 * time.Second

// process is a server that runs.
type process struct {
	command *exec.Cmd
	ended   chan struct{}
	address string
}

// start starts a server on the first core, and returns when it answers.
func start(ctx context.Context, server Server) (*process, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(address)
	args, env, dir := server.Command(port)
	command := exec.CommandContext(ctx, "taskset", append([]string{"-c", "0"}, args...)...) //nolint:gosec // a peer
	command.Env = append(append(os.Environ(), "GOMAXPROCS=1"), env...)
	command.Dir = dir
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		return nil, err
	}
	p := &process{command: command, ended: make(chan struct{}), address: address}
	go func() {
		_ = command.Wait() // it ends by a signal
		close(p.ended)
	}()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if conn, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			return p, conn.Close()
		}
		select {
		case <-p.ended:
			return nil, fmt.Errorf("endtoend: the server ended at its start: %v", command.ProcessState)
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil, errors.Join(errors.New("endtoend: the server does not answer"), p.stop())
}

// stop ends the server and its children.
func (p *process) stop() error {
	group := -p.command.Process.Pid
	_ = syscall.Kill(group, syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(5 * time.Second):
	}
	_ = syscall.Kill(group, syscall.SIGKILL) // children that are left
	select {
	case <-p.ended:
		return nil
	case <-time.After(patience):
		return errors.New("endtoend: the server does not end")
	}
}

// check sends each workload once, and compares the replies with the agreed ones.
func (p *process) check(ctx context.Context, server Server, loads []workload.Workload) error {
	client := &http.Client{Timeout: 10 * time.Second}
	for _, w := range loads {
		if !server.Has(w.ID) || w.Clients > 0 {
			continue
		}
		r, err := http.NewRequestWithContext(ctx, w.Method, "http://"+p.address+w.Path, strings.NewReader(w.Body))
		if err != nil {
			return err
		}
		for name, value := range w.Header {
			r.Header.Set(name, value)
		}
		reply, err := client.Do(r)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(reply.Body)
		if err := errors.Join(err, reply.Body.Close()); err != nil {
			return err
		}
		if err := w.Check(reply.StatusCode, body); err != nil {
			return err
		}
	}
	client.CloseIdleConnections()
	return nil
}

// sample is what one run of wrk found.
type sample struct{ microseconds, perSecond, p50, p99 float64 }

// errStalled says that the machine stood still for as long as wrk wanted to measure.
var errStalled = errors.New("endtoend: no request was answered")

// load lets wrk send a workload from the second core, again if the machine stood still.
func (p *process) load(ctx context.Context, plan Plan, w workload.Workload) (s sample, err error) {
	for range 3 {
		if s, err = p.loadOnce(ctx, plan, w); !errors.Is(err, errStalled) {
			break
		}
	}
	return s, err
}

func (p *process) loadOnce(ctx context.Context, plan Plan, w workload.Workload) (sample, error) {
	connections := plan.Connections
	if w.Clients > 0 {
		connections = w.Clients
	}
	file := filepath.Join(os.TempDir(), fmt.Sprintf("wrk-%d.lua", os.Getpid()))
	if err := os.WriteFile(file, []byte(script(w)), 0o600); err != nil {
		return sample{}, err
	}
	defer func() { _ = os.Remove(file) }()
	args := []string{"-c", "1", "wrk", "--threads", "1", "--connections", strconv.Itoa(connections), "--duration", strconv.Itoa(plan.Seconds) + "s", "--latency", "--script", file}
	for name, value := range w.Header {
		args = append(args, "--header", name+": "+value)
	}
	before := cpu(p.command.Process.Pid)
	out, err := exec.CommandContext(ctx, "taskset", append(args, "http://"+p.address+w.Path)...).CombinedOutput() //nolint:gosec // a workload
	spent := cpu(p.command.Process.Pid) - before
	if err != nil {
		return sample{}, fmt.Errorf("endtoend: wrk: %w\n%s", err, out)
	}
	return parse(string(out), spent, w)
}

var (
	requests = regexp.MustCompile(`(\d+) requests in`)
	failures = regexp.MustCompile(`Non-2xx or 3xx responses: (\d+)`)
	rate     = regexp.MustCompile(`Requests/sec:\s+([\d.]+)`)
	latency  = regexp.MustCompile(`(?m)^\s+(50|99)%\s+([\d.]+)(us|ms|s)`)
)

// parse reads what wrk prints.
func parse(out string, spent time.Duration, w workload.Workload) (sample, error) {
	number := func(r *regexp.Regexp) float64 {
		found := r.FindStringSubmatch(out)
		if found == nil {
			return 0
		}
		n, _ := strconv.ParseFloat(found[1], 64)
		return n
	}
	n := number(requests)
	if n == 0 {
		return sample{}, fmt.Errorf("%w: %s\n%s", errStalled, w.ID, out)
	}
	if refused := number(failures); (refused != 0) != (w.Status[0] >= 400) {
		return sample{}, fmt.Errorf("endtoend: %s: %v of %v requests failed\n%s", w.ID, refused, n, out)
	}
	s := sample{microseconds: float64(spent.Nanoseconds()) / 1000 / n / float64(max(1, w.Events)), perSecond: number(rate)}
	for _, found := range latency.FindAllStringSubmatch(out, -1) {
		value, _ := strconv.ParseFloat(found[2], 64)
		value *= map[string]float64{"us": 0.001, "ms": 1, "s": 1000}[found[3]]
		if found[1] == "50" {
			s.p50 = value
		} else {
			s.p99 = value
		}
	}
	return s, nil
}

// cpu returns the time that the threads of a process and of its children were on a core.
func cpu(pid int) time.Duration {
	var total time.Duration
	stats, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	for _, stat := range stats {
		text, err := os.ReadFile(stat) //nolint:gosec // a file of the system
		if err != nil {
			continue // the thread has ended
		}
		first, _, _ := strings.Cut(string(text), " ")
		n, _ := strconv.ParseInt(first, 10, 64)
		total += time.Duration(n)
	}
	children, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range children {
		text, _ := os.ReadFile(list) //nolint:gosec // a file of the system
		for _, child := range strings.Fields(string(text)) {
			if n, err := strconv.Atoi(child); err == nil {
				total += cpu(n)
			}
		}
	}
	return total
}

// With runs a server while f uses it.
func With(ctx context.Context, server Server, f func(address string) error) error {
	p, err := start(ctx, server)
	if err != nil {
		return err
	}
	return errors.Join(f(p.address), p.stop())
}
