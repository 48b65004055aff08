-- +goose Up

CREATE TABLE api_keys (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name         TEXT   NOT NULL,
    secret_hash  BYTEA  NOT NULL,
    scopes       TEXT   NOT NULL,
    appids       TEXT   NOT NULL DEFAULT '',
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at   BIGINT
);

ALTER TABLE users ADD COLUMN external_id TEXT COLLATE "C";
CREATE UNIQUE INDEX users_external_id ON users (external_id);
