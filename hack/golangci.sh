#!/usr/bin/env bash
# Prints the path of golangci-lint in the pinned version; if it is nowhere, it is
# built into .tools, which takes a minute or two.
set -euo pipefail
cd "$(dirname "$0")/.."

version=2.15.0

is_pinned() { [[ -x $1 ]] && "$1" version --short 2>/dev/null | grep -qx "v\?${version//./\\.}"; }

for candidate in "$PWD/.tools/golangci-lint" "$(command -v golangci-lint || true)" "$(go env GOPATH)/bin/golangci-lint"; do
	if [[ -n $candidate ]] && is_pinned "$candidate"; then
		echo "$candidate"
		exit 0
	fi
done
echo "building golangci-lint $version into .tools …" >&2
# Not through go.mod: its dependencies are none of ours. CGO off: it needs none.
GOBIN="$PWD/.tools" GOFLAGS= CGO_ENABLED=0 go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$version" >&2
echo "$PWD/.tools/golangci-lint"
