# make test   everything, race detector on: what CI runs
# make check  the quick part
# Modules are found by go.work, so a new one needs no line here.

.PHONY: test check fmt

check: fmt
	go vet work
	go test work

test: fmt
	go vet work
	go test -race work

fmt:
	@files=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$files" || { echo "not gofmt-ed: $$files"; exit 1; }
