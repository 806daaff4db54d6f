module github.com/go-modern-rest/rest/benchmark

go 1.26.0

require (
	github.com/go-modern-rest/rest v0.0.0
	github.com/go-modern-rest/rest/store/sqlite v0.0.0
	github.com/golang-jwt/jwt/v5 v5.3.1
	github.com/valyala/fasthttp v1.69.0
	golang.org/x/sys v0.49.0
)

require (
	github.com/andybalholm/brotli v1.2.0 // indirect
	github.com/dustin/go-humanize v1.1.0 // indirect
	github.com/go-json-experiment/json v1.27.2 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/klauspost/compress v1.18.2 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/ncruces/go-strftime v1.1.0 // indirect
	github.com/remyoudompheng/bigfft v0.0.0-20230129092748-24d4a6f8daec // indirect
	github.com/valyala/bytebufferpool v1.0.0 // indirect
	golang.org/x/text v0.43.0 // indirect
	modernc.org/libc v1.80.1 // indirect
	modernc.org/mathutil v1.7.1 // indirect
	modernc.org/memory v1.12.1 // indirect
	modernc.org/sqlite v1.62.0 // indirect
)

replace (
	github.com/go-modern-rest/rest => ..
	github.com/go-modern-rest/rest/store/postgres => ../store/postgres
	github.com/go-modern-rest/rest/store/redis => ../store/redis
	github.com/go-modern-rest/rest/store/sqlite => ../store/sqlite
)
