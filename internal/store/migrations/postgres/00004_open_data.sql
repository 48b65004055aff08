-- +goose Up

ALTER TABLE users ADD COLUMN phone_masked TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN phone_sealed BYTEA;
ALTER TABLE users ADD COLUMN phone_hash BYTEA;
ALTER TABLE users ADD COLUMN phone_appid TEXT;
ALTER TABLE users ADD COLUMN phone_at BIGINT;
CREATE INDEX users_phone ON users (phone_hash) WHERE phone_hash IS NOT NULL;

CREATE TABLE phone_codes (
    code_hash BYTEA NOT NULL PRIMARY KEY,
    appid     TEXT COLLATE "C" NOT NULL,
    openid    TEXT COLLATE "C" NOT NULL,
    used_at   BIGINT NOT NULL
);
CREATE INDEX phone_codes_used ON phone_codes (used_at);

CREATE TABLE open_data_failures (
    session_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    since      BIGINT NOT NULL,
    failures   BIGINT NOT NULL
);
CREATE INDEX open_data_failures_since ON open_data_failures (since);
