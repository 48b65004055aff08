-- +goose Up

ALTER TABLE users ADD COLUMN merged_into TEXT COLLATE "C" REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE users ADD COLUMN merged_at BIGINT;
CREATE INDEX users_merged ON users (merged_into) WHERE merged_into IS NOT NULL;

CREATE INDEX unions_user ON unions (user_id);

CREATE TABLE merges (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    state        TEXT COLLATE "C" NOT NULL,
    reason       TEXT   NOT NULL,
    open_account TEXT COLLATE "C" NOT NULL,
    first_user   TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    second_user  TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    survivor     TEXT COLLATE "C",
    created_at   BIGINT NOT NULL,
    decided_at   BIGINT,
    decided_by   TEXT
);
CREATE INDEX merges_state ON merges (state, id);
CREATE INDEX merges_first ON merges (first_user);
CREATE INDEX merges_second ON merges (second_user);
CREATE UNIQUE INDEX merges_pending ON merges (first_user, second_user) WHERE state = 'pending';
