package store

import (
	"errors"
	"strings"
)

// errDSN never quotes the DSN: it may hold a password.
var errDSN = errors.New(`the store must be "sqlite:PATH" or "postgres://USER:PASSWORD@HOST:PORT/DATABASE"`)

// parseDSN tells which database a DSN means. For SQLite rest is the path, for
// PostgreSQL the whole DSN.
func parseDSN(dsn string) (_ *dialect, rest string, _ error) {
	scheme, path, _ := strings.Cut(dsn, ":")
	switch scheme {
	case "sqlite":
		if path == "" || strings.HasPrefix(path, "//") || strings.ContainsRune(path, 0) {
			return nil, "", errors.New(`the path of a SQLite store is missing or odd: write "sqlite:relative/hufu.db" or "sqlite:/absolute/hufu.db"`)
		}
		if strings.HasPrefix(path, ":memory:") {
			return nil, "", errors.New("a SQLite store in memory would forget everybody: name a file")
		}
		return sqliteDialect, path, nil
	case "postgres", "postgresql":
		return postgresDialect, dsn, nil
	}
	return nil, "", errDSN
}
