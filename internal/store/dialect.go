package store

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// dialect is what differs between the databases, besides how they are opened
// and written.
type dialect struct {
	name  string
	goose goose.Dialect
	// forUpdate, forShare lock the rows of the table with that alias. SQLite
	// has one writer and needs no locks.
	forUpdate, forShare func(alias string) string
	// locksRows says that they lock, since several write at once.
	locksRows bool
	// hasMigrations tells whether the table of goose exists.
	hasMigrations string
	version       string // the server's version
	// erased is run by a step that erases people; empty: nothing is.
	erased string
	// indexesCodes says that sessions can be found by their code; see codeFilter.
	indexesCodes bool
	// uniqueOf returns the constraint, index or columns that an insert has
	// violated; "" if that is not what went wrong.
	uniqueOf func(error) string
}

var sqliteDialect = &dialect{
	name:          "sqlite",
	goose:         goose.DialectSQLite3,
	forUpdate:     func(string) string { return "" },
	forShare:      func(string) string { return "" },
	hasMigrations: `SELECT COUNT(*) FROM sqlite_master WHERE name = 'goose_db_version'`,
	version:       `SELECT 'SQLite ' || sqlite_version()`,
	erased:        scrubAsked,
	uniqueOf: func(err error) string {
		if e, ok := errors.AsType[*sqlite.Error](err); ok &&
			(e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY) {
			return e.Error()
		}
		return ""
	},
}

var postgresDialect = &dialect{
	name:          "postgres",
	goose:         goose.DialectPostgres,
	forUpdate:     func(alias string) string { return ` FOR UPDATE OF ` + alias },
	forShare:      func(alias string) string { return ` FOR SHARE OF ` + alias },
	hasMigrations: `SELECT COUNT(to_regclass('goose_db_version'))`,
	version:       `SELECT 'PostgreSQL ' || current_setting('server_version')`,
	locksRows:     true,
	indexesCodes:  true,
	uniqueOf: func(err error) string {
		if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.Code == "23505" {
			return e.ConstraintName
		}
		return ""
	},
}
