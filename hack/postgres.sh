#!/bin/sh
# Starts or stops a PostgreSQL of its own for the tests: in DIR, on a free port
# of the loopback address and a Unix socket, durable as in production.
#
#   hack/postgres.sh start DIR   prints the DSN for TEST_POSTGRES_DSN
#   hack/postgres.sh stop DIR    stops it; DIR can be deleted then
#
# The programs of PostgreSQL are looked for in PG_BIN, PATH and where Debian and
# Homebrew put them. Root may not run PostgreSQL: it runs as user postgres then.
set -eu

usage() {
	echo "usage: $0 start|stop DIR" >&2
	exit 2
}

[ $# -eq 2 ] || usage
command=$1

find_bin() {
	for dir in "${PG_BIN:-}" "$(dirname "$(command -v initdb || echo /nowhere/x)")" \
		$(ls -d /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql*/bin 2>/dev/null | sort -rV); do
		if [ -n "$dir" ] && [ -x "$dir/initdb" ] && [ -x "$dir/pg_ctl" ]; then
			echo "$dir"
			return
		fi
	done
	echo "$0: PostgreSQL is not installed (no initdb); set PG_BIN to the folder of its programs" >&2
	exit 1
}

bin=$(find_bin)

# run runs a program as somebody who may run PostgreSQL.
run() {
	if [ "$(id -u)" -eq 0 ]; then
		# From a folder that postgres may enter, with none of our environment.
		(cd / && setpriv --reuid=postgres --regid=postgres --clear-groups --reset-env -- env LC_ALL=C "$@")
	else
		LC_ALL=C "$@"
	fi
}

case $command in
start)
	mkdir -p "$2"
	dir=$(cd "$2" && pwd)
	data=$dir/data
	if [ "$(id -u)" -eq 0 ]; then
		chown postgres "$dir"
	fi
	if [ ! -f "$data/PG_VERSION" ]; then
		run "$bin/initdb" -D "$data" -U hufu -A trust -E UTF8 --locale=C >"$dir/initdb.log" 2>&1 || {
			cat "$dir/initdb.log" >&2
			exit 1
		}
	fi
	# The path of a Unix socket may have some 100 bytes only.
	sockets=$dir
	[ ${#dir} -le 80 ] || sockets=
	# Another program may take the port between choosing and using it: try some.
	tries=0
	while :; do
		port=$((20000 + ($(od -An -N2 -tu2 /dev/urandom)) % 12000))
		if run "$bin/pg_ctl" -D "$data" -l "$dir/postgres.log" -w -t 60 -s start -o \
			"-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='$sockets' -c max_connections=300 -c fsync=on -c synchronous_commit=on -c shared_buffers=128MB" \
			>"$dir/pg_ctl.log" 2>&1 </dev/null; then
			break
		fi
		tries=$((tries + 1))
		if [ $tries -ge 5 ]; then
			cat "$dir/pg_ctl.log" "$dir/postgres.log" >&2
			exit 1
		fi
	done
	echo "postgres://hufu@127.0.0.1:$port/postgres?sslmode=disable"
	;;
stop)
	[ -d "$2/data" ] || exit 0
	dir=$(cd "$2" && pwd)
	# pg_ctl reads the pid from the data folder: it stops what start started.
	if run "$bin/pg_ctl" -D "$dir/data" -s status >/dev/null 2>&1; then
		run "$bin/pg_ctl" -D "$dir/data" -m fast -w -t 60 -s stop
	fi
	;;
*)
	usage
	;;
esac
