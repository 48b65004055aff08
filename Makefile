# `make help` lists what there is. Everything works with Go alone; `make test`
# also wants PostgreSQL, and installs it by apt-get where it may.

GO ?= go
FUZZTIME ?= 30s

.DEFAULT_GOAL := help
.PHONY: help test build lint fuzz bench notices tidy clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: ## every check and test, on SQLite and PostgreSQL; tells at the end what it ran on
	@hack/test.sh

build: ## bin/hufu, without cgo
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/hufu ./cmd/hufu

lint: ## gofmt, go vet and golangci-lint
	$(GO) vet ./...
	"$$(hack/golangci.sh)" run ./...

fuzz: ## each fuzz target for FUZZTIME (30s)
	@GO="$(GO)" hack/fuzz.sh $(FUZZTIME)

bench: ## measures logins against a floor, in one run
	$(GO) run ./bench

notices: ## writes NOTICE anew, after dependencies changed
	$(GO) run ./hack/notices

tidy: ## go mod tidy, and what follows from it
	$(GO) mod tidy
	$(GO) run ./hack/notices

clean: ## removes what was built, and the tools
	rm -rf bin .tools
	$(GO) clean -testcache
