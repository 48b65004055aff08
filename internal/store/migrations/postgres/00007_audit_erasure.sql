-- +goose Up

CREATE TABLE audit (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    at            BIGINT NOT NULL,
    actor         TEXT COLLATE "C" NOT NULL,
    action        TEXT COLLATE "C" NOT NULL,
    appid         TEXT COLLATE "C",
    user_id       TEXT COLLATE "C",
    other_user_id TEXT COLLATE "C",
    session_id    TEXT COLLATE "C",
    merge_id      TEXT COLLATE "C",
    key_id        TEXT COLLATE "C",
    details       TEXT   NOT NULL
);
CREATE INDEX audit_user ON audit (user_id, id);
CREATE INDEX audit_other_user ON audit (other_user_id, id);

CREATE TABLE erased_users (
    user_id   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    erased_at BIGINT NOT NULL,
    reason    TEXT COLLATE "C" NOT NULL
);

ALTER TABLE revocations ADD COLUMN appid TEXT COLLATE "C";
