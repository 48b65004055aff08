package store

import (
	"context"
	"fmt"
	"strings"
	"sync"
)

// chunk is how many rows share a statement. What remains goes one by one, so
// that there are two texts of each statement, and both stay prepared.
const chunk = 50

// texts keeps statements of many rows, which are long to put together.
type texts struct{ known sync.Map }

type textKey struct {
	head string
	rows int
}

func (t *texts) get(head string, rows int, build func() string) string {
	if text, ok := t.known.Load(textKey{head, rows}); ok {
		return text.(string)
	}
	text := build()
	t.known.Store(textKey{head, rows}, text)
	return text
}

// values is "($1, $2), ($3, $4)": so many rows of so many columns.
func values(rows, columns int) string {
	var b strings.Builder
	for row := range rows {
		if row > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(" + numbered(row*columns+1, columns) + ")")
	}
	return b.String()
}

// numbered is "$3, $4": so many parameters from the first on.
func numbered(first, count int) string {
	list := make([]string, count)
	for i := range list {
		list[i] = fmt.Sprintf("$%d", first+i)
	}
	return strings.Join(list, ", ")
}

// insertRows inserts rows of equal length by a statement that begins with head.
// Where it says ON CONFLICT DO NOTHING by its tail, a row that is there is a lost
// race.
func (t *texts) insertRows(ctx context.Context, tx execer, head, tail string, rows [][]any) error {
	for len(rows) > 0 {
		n := 1
		if len(rows) >= chunk {
			n = chunk
		}
		columns := len(rows[0])
		text := t.get(head, n, func() string { return head + ` VALUES ` + values(n, columns) + tail })
		args := make([]any, 0, n*columns)
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		result, err := tx.ExecContext(ctx, text, args...)
		if err != nil {
			return err
		}
		if inserted, err := result.RowsAffected(); err != nil || inserted != int64(n) {
			if err == nil {
				err = errRace
			}
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// lookUp runs a query that has %s where the keys belong, after other parameters,
// and hands each row to scan.
func lookUp[T ~string](ctx context.Context, t *texts, tx queryer, query string, keys []T, scan func(scanner) error, others ...any) error {
	for len(keys) > 0 {
		n := 1
		if len(keys) >= chunk {
			n = chunk
		}
		text := t.get(query, n, func() string { return fmt.Sprintf(query, numbered(len(others)+1, n)) })
		args := append(make([]any, 0, len(others)+n), others...)
		for _, key := range keys[:n] {
			args = append(args, string(key))
		}
		if err := scanEach(ctx, tx, scan, text, args); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

// scanEach hands each row of an answer to scan.
func scanEach(ctx context.Context, tx queryer, scan func(scanner) error, query string, args []any) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
