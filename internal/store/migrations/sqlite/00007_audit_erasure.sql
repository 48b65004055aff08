-- +goose Up

-- Who did what to whom, by ids and words alone: it must outlive the person it
-- is about. The ids begin with the time, so that the key is the index by time.
CREATE TABLE audit (
    id            TEXT    NOT NULL PRIMARY KEY,
    at            INTEGER NOT NULL,
    actor         TEXT    NOT NULL,
    action        TEXT    NOT NULL,
    appid         TEXT,
    user_id       TEXT,
    other_user_id TEXT,
    session_id    TEXT,
    merge_id      TEXT,
    key_id        TEXT,
    details       TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_user ON audit (user_id, id);
CREATE INDEX audit_other_user ON audit (other_user_id, id);

-- The ids of people who are gone, so that none of them comes back by an import
-- or out of a backup unnoticed.
CREATE TABLE erased_users (
    user_id   TEXT    NOT NULL PRIMARY KEY,
    erased_at INTEGER NOT NULL,
    reason    TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- A revocation outlives the row of its session when its person is erased. The
-- app is kept here then, and then alone: otherwise the session tells it.
ALTER TABLE revocations ADD COLUMN appid TEXT;
