# make test   everything, race detector on: what CI runs
# make check  the quick part
# Modules are found by go.work, so a new one needs no line here.

.PHONY: test bench check clients fmt fuzz lint mutants reliability scale

check: fmt
	go vet work
	go test work

# The race detector needs a C compiler.
RACE := $(shell command -v $$(go env CC) >/dev/null 2>&1 && echo -race)

test: fmt
	@test -n "$(RACE)" || { echo "no C compiler: tests run without the race detector"; test "$$CI" != true; }
	go vet work
	go test $(RACE) -count=1 work # not from the cache: tests build and run programs of the tree
	go test -run 'Allocat' work # the ceilings hold without the race detector

fmt:
	@files=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$files" || { echo "not gofmt-ed: $$files"; exit 1; }

# clients tries the API with generated clients, validators and Schemathesis: docs/clients.md.
# `.ci/tools all` installs them; what is missing is skipped.
clients:
	./.ci/clients all

# reliability lets processes, servers and disks fail for a minute: docs/reliability.md.
reliability:
	RELIABILITY=60s go test -count=1 -v -run NothingAcknowledged ./internal/e2e/reliability

# lint needs golangci-lint 2.15.0; .ci/tools installs it.
lint:
	@for dir in $$(go list -f '{{.Dir}}' -m) $(CURDIR)/benchmark; do (cd $$dir && PATH="$(CURDIR)/.ci/installed/bin:$$PATH" golangci-lint run -c "$(CURDIR)/.golangci.yml" ./...) || exit 1; done

# mutants breaks the code on purpose, a line at a time, and lists what no test notices.
# WORD chooses: make mutants WORD=combine. It takes minutes, and CI does not run it.
mutants:
	go run .ci/mutate.go $(WORD)

# fuzz gives every fuzz target FUZZTIME; found cases go to testdata and are run by `make test`.
FUZZTIME ?= 20s
fuzz:
	FUZZTIME=$(FUZZTIME) ./.ci/fuzz

# scale measures requests and sweeps with a million rows in Redis and PostgreSQL: docs/scaling.md.
# It takes some minutes, and CI does not run it.
scale:
	go test -v -count=1 -timeout 20m ./internal/e2e/scale -rows 1000000

# bench compares the framework with others, and prints tables in Markdown. FULL=1 measures over
# connections as well, and peers in Rust and Python; it needs wrk, cargo and python3, and leaves out
# what is missing. WRITE=1 writes what was measured into docs/performance.md.
bench:
	cd benchmark && go run ./cmd/compare $(if $(FULL),-full) $(if $(WRITE),-write)
