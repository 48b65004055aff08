-- +goose Up

-- A run of hufu import, and how far it is: what the file holds up to there is
-- known by its hash. No name of the file, and nothing of what it says. A size of
-- less than zero is that of a pipe, which can't be read again.
CREATE TABLE imports (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    appid        TEXT COLLATE "C" NOT NULL,
    file_size    BIGINT NOT NULL,
    file_offset  BIGINT NOT NULL,
    file_line    BIGINT NOT NULL,
    file_hash    BYTEA  NOT NULL,
    rejects_size BIGINT NOT NULL,
    made         BIGINT NOT NULL,
    linked       BIGINT NOT NULL,
    filled       BIGINT NOT NULL,
    unchanged    BIGINT NOT NULL,
    rejected     BIGINT NOT NULL,
    started_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    finished_at  BIGINT
);
