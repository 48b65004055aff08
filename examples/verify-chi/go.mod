module github.com/hufu-id/hufu/examples/verify-chi

go 1.26.0

require (
	github.com/go-chi/chi/v5 v5.5.0
	github.com/hufu-id/hufu v0.0.0
)

require github.com/go-jose/go-jose/v4 v4.1.8 // indirect

replace github.com/hufu-id/hufu => ../..
