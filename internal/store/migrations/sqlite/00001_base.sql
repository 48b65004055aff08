-- +goose Up

-- Two processes that migrate at once must not both record a version.
CREATE UNIQUE INDEX goose_db_version_once ON goose_db_version (version_id);

CREATE TABLE users (
    id          TEXT   NOT NULL PRIMARY KEY,
    created_at  INTEGER NOT NULL,
    disabled_at INTEGER,
    nickname    TEXT   NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

-- open_sessions counts the sessions that nobody has ended; it may still count
-- some that have expired, but none expires before sessions_until.
--
-- A rowid table: its rows are wide and come in random order, so that clustering
-- them by key would split pages all the time.
CREATE TABLE identities (
    appid          TEXT    NOT NULL,
    openid         TEXT    NOT NULL,
    user_id        TEXT    NOT NULL REFERENCES users (id),
    open_account   TEXT    NOT NULL DEFAULT '',
    unionid        TEXT    NOT NULL DEFAULT '',
    open_sessions  INTEGER NOT NULL DEFAULT 0,
    sessions_until INTEGER NOT NULL DEFAULT 0,
    created_at     INTEGER NOT NULL,
    last_login_at  INTEGER NOT NULL,
    session_keys   BLOB    NOT NULL,
    PRIMARY KEY (appid, openid)
) STRICT;
CREATE INDEX identities_user ON identities (user_id);

-- Who has a unionid in an open account: what makes of two first logins at once
-- one user.
CREATE TABLE unions (
    open_account TEXT NOT NULL,
    unionid      TEXT NOT NULL,
    user_id      TEXT NOT NULL REFERENCES users (id),
    PRIMARY KEY (open_account, unionid)
) STRICT, WITHOUT ROWID;

-- Ids begin with the time: rows are appended. No foreign key to identities: it
-- would cost a look-up (on PostgreSQL also a row lock) for each login, and only
-- RecordLogin inserts, right after it wrote the identity.
--
-- No index of codes, either: their hashes are random, and each login would write
-- a page of it. The writer keeps a filter of the codes of the last minutes.
CREATE TABLE sessions (
    id           TEXT    NOT NULL PRIMARY KEY,
    appid        TEXT    NOT NULL,
    openid       TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    ends_at      INTEGER NOT NULL,
    ended_at     INTEGER,
    end_reason   TEXT,
    generation   INTEGER NOT NULL,
    salt         BLOB    NOT NULL,
    rotated_at   INTEGER,
    rotation_key BLOB,
    code_hash    BLOB,
    key_hash     BLOB,
    body_hash    BLOB,
    device       BLOB
) STRICT, WITHOUT ROWID;
-- The open ones of an identity lie side by side, the oldest first, however many
-- have ended. Without appid: an openid belongs to one app.
CREATE INDEX sessions_identity ON sessions (openid, ended_at, id);

-- A session is revoked once, so the time may lead the key: appended, and read
-- by time.
CREATE TABLE revocations (
    revoked_at    INTEGER NOT NULL,
    session_id    TEXT    NOT NULL,
    revoked_until INTEGER NOT NULL,
    PRIMARY KEY (revoked_at, session_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE signing_keys (
    key_use     TEXT    NOT NULL,
    seq         INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    active_from INTEGER NOT NULL,
    sealed      BLOB    NOT NULL,
    PRIMARY KEY (key_use, seq)
) STRICT, WITHOUT ROWID;
