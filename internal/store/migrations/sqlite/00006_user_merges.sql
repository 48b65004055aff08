-- +goose Up

-- A user who was merged into another keeps the row: the id must resolve for
-- ever, and what the other had already stays here. merged_into always names a
-- user who is not merged.
ALTER TABLE users ADD COLUMN merged_into TEXT REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE users ADD COLUMN merged_at INTEGER;
CREATE INDEX users_merged ON users (merged_into) WHERE merged_into IS NOT NULL;

-- All claims of a user, to be moved or given up.
CREATE INDEX unions_user ON unions (user_id);

-- Two users of whom a unionid says that they are one person, the smaller id
-- first. Those of a pending pair are not merged.
CREATE TABLE merges (
    id           TEXT    NOT NULL PRIMARY KEY,
    state        TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    open_account TEXT    NOT NULL,
    first_user   TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    second_user  TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    survivor     TEXT,
    created_at   INTEGER NOT NULL,
    decided_at   INTEGER,
    decided_by   TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX merges_state ON merges (state, id);
CREATE INDEX merges_first ON merges (first_user);
CREATE INDEX merges_second ON merges (second_user);
CREATE UNIQUE INDEX merges_pending ON merges (first_user, second_user) WHERE state = 'pending';
