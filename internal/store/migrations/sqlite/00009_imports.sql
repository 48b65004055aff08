-- +goose Up

-- A run of hufu import, and how far it is: what the file holds up to there is
-- known by its hash. No name of the file, and nothing of what it says. A size of
-- less than zero is that of a pipe, which can't be read again.
CREATE TABLE imports (
    id           TEXT    NOT NULL PRIMARY KEY,
    appid        TEXT    NOT NULL,
    file_size    INTEGER NOT NULL,
    file_offset  INTEGER NOT NULL,
    file_line    INTEGER NOT NULL,
    file_hash    BLOB    NOT NULL,
    rejects_size INTEGER NOT NULL,
    made         INTEGER NOT NULL,
    linked       INTEGER NOT NULL,
    filled       INTEGER NOT NULL,
    unchanged    INTEGER NOT NULL,
    rejected     INTEGER NOT NULL,
    started_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    finished_at  INTEGER
) STRICT, WITHOUT ROWID;
