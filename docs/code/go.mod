module github.com/go-modern-rest/rest/docs/code

go 1.26.0

require (
	github.com/go-modern-rest/rest v0.0.0
	github.com/go-modern-rest/rest/store/sqlite v0.0.0
)

replace (
	github.com/go-modern-rest/rest => ../..
	github.com/go-modern-rest/rest/store/sqlite => ../../store/sqlite
)
