#!/usr/bin/env bash
# Runs every fuzz target of the module for as long as said: hack/fuzz.sh 30s.
# What a target finds is left in its testdata/fuzz, to be fixed and committed.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-30s}
go=${GO:-go}

failed=0
while IFS=: read -r file line; do
	package=./$(dirname "${file#./}")
	target=$(sed -E 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/' <<<"$line")
	echo "== $package $target"
	"$go" test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package" </dev/null || failed=1
done < <(grep -rE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*\(' . | sort)
exit $failed
