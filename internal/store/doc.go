// Package store keeps everything that must outlive a process, in SQLite or in
// PostgreSQL. *DB implements the Store interfaces of the domains: each method
// is one atomic step, durable when it returns nil.
//
// SQL is one text for both databases wherever both accept it; dialect.go holds
// the differences. What may be in it: text ids, times as BIGINT of Unix
// milliseconds UTC, no arrays, no partial indexes; so that MySQL and TiDB can
// follow.
//
// SQLite is written by one goroutine, which commits what waits as one
// transaction (group.go): an fsync is the dearest thing of a login, and sixteen
// logins share one as well as one pays it alone.
package store
