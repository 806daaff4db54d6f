module github.com/go-modern-rest/rest/store/redis

go 1.26.0

require (
	github.com/go-modern-rest/rest v0.0.0
	github.com/redis/rueidis v1.0.79
)

require (
	github.com/go-json-experiment/json v1.27.2 // indirect
	github.com/google/go-cmp v0.7.0 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace github.com/go-modern-rest/rest => ../..
