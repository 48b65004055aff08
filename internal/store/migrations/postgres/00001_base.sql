-- +goose Up

-- As in SQLite, though here a lock lets one migrate at a time.
CREATE UNIQUE INDEX goose_db_version_once ON goose_db_version (version_id);

-- COLLATE "C" compares bytes, as SQLite does: the order of ids is the order of
-- time, whatever the database's locale.
CREATE TABLE users (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    created_at  BIGINT NOT NULL,
    disabled_at BIGINT,
    nickname    TEXT NOT NULL DEFAULT ''
);

-- Room in each page lets a login update its row in place (HOT).
CREATE TABLE identities (
    appid          TEXT COLLATE "C" NOT NULL,
    openid         TEXT COLLATE "C" NOT NULL,
    user_id        TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    open_account   TEXT COLLATE "C" NOT NULL DEFAULT '',
    unionid        TEXT COLLATE "C" NOT NULL DEFAULT '',
    open_sessions  BIGINT NOT NULL DEFAULT 0,
    sessions_until BIGINT NOT NULL DEFAULT 0,
    created_at     BIGINT NOT NULL,
    last_login_at  BIGINT NOT NULL,
    session_keys   BYTEA  NOT NULL,
    PRIMARY KEY (appid, openid)
) WITH (fillfactor = 75);
CREATE INDEX identities_user ON identities (user_id);

CREATE TABLE unions (
    open_account TEXT COLLATE "C" NOT NULL,
    unionid      TEXT COLLATE "C" NOT NULL,
    user_id      TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    PRIMARY KEY (open_account, unionid)
);

CREATE TABLE sessions (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    appid        TEXT COLLATE "C" NOT NULL,
    openid       TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    ends_at      BIGINT NOT NULL,
    ended_at     BIGINT,
    end_reason   TEXT COLLATE "C",
    generation   BIGINT NOT NULL,
    salt         BYTEA  NOT NULL,
    rotated_at   BIGINT,
    rotation_key BYTEA,
    code_window  BIGINT,
    code_hash    BYTEA,
    key_hash     BYTEA,
    body_hash    BYTEA,
    device       BYTEA
);
CREATE UNIQUE INDEX sessions_code ON sessions (code_window, code_hash);
CREATE INDEX sessions_identity ON sessions (openid, ended_at, id);

CREATE TABLE revocations (
    revoked_at    BIGINT NOT NULL,
    session_id    TEXT COLLATE "C" NOT NULL,
    revoked_until BIGINT NOT NULL,
    PRIMARY KEY (revoked_at, session_id)
);

CREATE TABLE signing_keys (
    key_use     TEXT COLLATE "C" NOT NULL,
    seq         BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    active_from BIGINT NOT NULL,
    sealed      BYTEA  NOT NULL,
    PRIMARY KEY (key_use, seq)
);
