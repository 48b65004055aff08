-- +goose Up

CREATE TABLE audit_reads (
    id      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL,
    day     BIGINT NOT NULL,
    actor   TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    appid   TEXT COLLATE "C"
);
CREATE UNIQUE INDEX audit_reads_once ON audit_reads (user_id, day, actor);
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
