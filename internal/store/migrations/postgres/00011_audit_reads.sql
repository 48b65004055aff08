-- +goose Up

CREATE TABLE audit_reads (
    id      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL,
    day     BIGINT NOT NULL,
    actor   TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    appid   TEXT COLLATE "C"
);
-- The day first: what is written today lies together, whoever it is about.
CREATE UNIQUE INDEX audit_reads_once ON audit_reads (day, user_id, actor);
CREATE INDEX audit_reads_actor ON audit_reads (actor, id);

CREATE TABLE audit_listings (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    at         BIGINT NOT NULL,
    day        BIGINT NOT NULL,
    actor      TEXT COLLATE "C" NOT NULL,
    first_user TEXT COLLATE "C" NOT NULL,
    last_user  TEXT COLLATE "C" NOT NULL,
    shown      BIGINT NOT NULL,
    appids     TEXT COLLATE "C"
);
CREATE INDEX audit_listings_day ON audit_listings (actor, day, last_user);
