#!/usr/bin/env bash
# The one command behind `make test`: every check, on every database, and at the
# end what it really ran on and what it left out. hack/test.sh PACKAGE… looks at
# some packages alone.
#
# Wants Go and Node, and gets the rest: PostgreSQL and Chromium from the system or
# by apt-get (as root or with sudo without a password), golangci-lint through the
# Go module proxy, npm packages by npm.
# With CI=true or REQUIRE_BACKENDS=1 what can't be had is a failure; otherwise
# it is left out, and named at the end.
set -o pipefail
cd "$(dirname "$0")/.."

if [[ ${CI:-} == true ]]; then
	REQUIRE_BACKENDS=1
fi
export REQUIRE_BACKENDS=${REQUIRE_BACKENDS:-0}

packages=("$@")
[[ $# -gt 0 ]] || packages=(./...)

failed=()   # checks that failed
left_out=() # what was not tested, and why
pg_dir=

stop_postgres() {
	if [[ -n $pg_dir ]]; then
		hack/postgres.sh stop "$pg_dir" || echo "PostgreSQL in $pg_dir did not stop" >&2
		rm -rf "$pg_dir"
		pg_dir=
	fi
}
trap stop_postgres EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# check NAME COMMAND… runs a check and remembers whether it failed.
check() {
	local name=$1 start=$SECONDS
	shift
	echo "== $name"
	if ! "$@"; then
		failed+=("$name")
		echo "-- FAILED: $name ($((SECONDS - start)) s)"
		return 1
	fi
	echo "-- ok ($((SECONDS - start)) s)"
}

# missing WHAT WHY: a failure where everything must be there, else left out.
missing() {
	echo "!! $1: $2" >&2
	if [[ $REQUIRE_BACKENDS == 1 ]]; then
		failed+=("$1")
	else
		left_out+=("$1: $2")
	fi
}

formatted() {
	local list
	list=$(find . -name '*.go' -not -path './.*' -not -path '*/node_modules/*' -exec gofmt -l {} +) || return 1
	if [[ -n $list ]]; then
		echo "not formatted (gofmt -w them):"
		echo "$list"
		return 1
	fi
}

# with_root COMMAND… runs it as root, if that can be had without a question.
with_root() {
	if [[ $(id -u) -eq 0 ]]; then
		"$@"
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
		sudo -n "$@"
	else
		return 1
	fi
}

have_postgres() {
	local dir
	for dir in "${PG_BIN:-}" /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql*/bin; do
		[[ -n $dir && -x $dir/initdb ]] && return 0
	done
	command -v initdb >/dev/null
}

# installed PACKAGE… installs Debian packages, where that is possible.
installed() {
	command -v apt-get >/dev/null || return 1
	echo "== trying apt-get install $*"
	with_root env DEBIAN_FRONTEND=noninteractive apt-get -q update >/dev/null || return 1
	with_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@" >/dev/null
}

start_postgres() {
	if [[ -n ${TEST_POSTGRES_DSN:-} ]]; then
		echo "== PostgreSQL as TEST_POSTGRES_DSN says"
		return
	fi
	if ! have_postgres && ! installed postgresql; then
		missing PostgreSQL "not installed, and apt-get could not install it; install it, or set TEST_POSTGRES_DSN"
		return
	fi
	pg_dir=$(mktemp -d "${TMPDIR:-/tmp}/hufu-pg.XXXXXX")
	if ! TEST_POSTGRES_DSN=$(hack/postgres.sh start "$pg_dir"); then
		missing PostgreSQL "it is installed and did not start, see above"
		return
	fi
	export TEST_POSTGRES_DSN
	echo "== PostgreSQL started in $pg_dir"
}

lint() {
	local linter
	linter=$(hack/golangci.sh) || return 1
	"$linter" run "${packages[@]}"
}

# have_node tells whether Node is new enough, and npm there.
have_node() {
	command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' 2>/dev/null
}

chromium_path() {
	if [[ -n ${CHROMIUM:-} ]]; then
		echo "$CHROMIUM"
	else
		command -v chromium || command -v google-chrome
	fi
}

have_chromium() {
	[[ -x $(chromium_path) ]]
}

# Folders of built files, which are committed.
built=(sdk/miniprogram/miniprogram_dist sdk/miniprogram/dist playground/dist)

checksums() {
	find "${built[@]}" -type f -exec cksum {} + | LC_ALL=C sort -k 3
}

# up_to_date builds anew, and fails if what was there is not what the source says.
up_to_date() {
	local before
	before=$(checksums)
	npm run --silent build || return 1
	if [[ $before != "$(checksums)" ]]; then
		echo "built files differed from their source; they are new now, commit them:"
		diff <(echo "$before") <(checksums)
		return 1
	fi
}

# front_end checks what is written in TypeScript.
front_end() {
	if [[ -z $packages_here ]]; then
		missing "SDK and playground" "no Node 20 or newer with npm, or npm could not install the packages"
		return
	fi
	check "types" npm run --silent typecheck
	check "built files" up_to_date
	check "SDK, example and playground" npm test --silent
	if ! have_chromium && ! installed chromium fonts-noto-cjk; then
		missing "browser tests" "Chromium is not installed, and apt-get could not install it; install it, or set CHROMIUM"
		return
	fi
	check "browser tests" npm run --silent test:browser
}

if ! command -v go >/dev/null; then
	echo "Go is missing; go.mod tells the version" >&2
	exit 1
fi
start_postgres
# Before the Go tests, one of which runs a snippet in Node.
packages_here=
if [[ $# -eq 0 ]] && have_node && check "npm ci" npm ci --silent; then
	packages_here=1
fi
before=$(go run ./hack/versions -count)
check "gofmt" formatted
check "go mod tidy" go mod tidy -diff
check "go mod verify" go mod verify
check "go vet" go vet "${packages[@]}"
check "NOTICE" go run ./hack/notices -check
if hack/golangci.sh >/dev/null; then
	check "golangci-lint" lint
else
	missing golangci-lint "could not be built"
fi
# The race detector wants cgo, and cgo a C compiler.
race=-race
if [[ $(go env CGO_ENABLED) != 1 ]] && ! installed gcc libc6-dev; then
	race=
	missing "race detector" "no C compiler, so cgo is off"
fi
# shellcheck disable=SC2086 # $race may be nothing at all
check "go test" go test $race -shuffle=on -timeout 30m "${packages[@]}"
if [[ $# -eq 0 ]]; then
	front_end
fi
echo
echo "== What this ran on"
go run ./hack/versions -since "${before:-0}" || failed+=("versions")
if [[ $# -eq 0 ]]; then
	have_node && echo "Node        $(node --version)"
	have_chromium && echo "Chromium    $("$(chromium_path)" --version 2>/dev/null)"
fi
stop_postgres

for each in "${left_out[@]}"; do
	echo "NOT TESTED  $each"
done
if [[ ${#failed[@]} -gt 0 ]]; then
	printf 'FAILED      %s\n' "${failed[@]}"
	exit 1
fi
if [[ ${#left_out[@]} -gt 0 ]]; then
	echo "ok, as far as it was tested ($SECONDS s)"
else
	echo "ok ($SECONDS s)"
fi
