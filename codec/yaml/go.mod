module github.com/go-modern-rest/rest/codec/yaml

go 1.26.0

require (
	github.com/go-modern-rest/rest v0.0.0
	github.com/google/go-cmp v0.7.0
	go.yaml.in/yaml/v4 v4.0.0
)

require (
	github.com/go-json-experiment/json v1.27.2 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace github.com/go-modern-rest/rest => ../..
