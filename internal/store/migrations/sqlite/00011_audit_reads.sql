-- +goose Up

-- Which key was shown whom, once a day (UTC, in days since 1970): entries of the
-- audit too, apart from it, since there are many, and they go sooner.
CREATE TABLE audit_reads (
    id      TEXT    NOT NULL PRIMARY KEY,
    at      INTEGER NOT NULL,
    day     INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    user_id TEXT    NOT NULL,
    appid   TEXT
) STRICT, WITHOUT ROWID;
-- The day first: what is written today lies together, whoever it is about.
CREATE UNIQUE INDEX audit_reads_once ON audit_reads (day, user_id, actor);
CREATE INDEX audit_reads_actor ON audit_reads (actor, id);

-- Which key was shown all users of its apps from one id to another. What reads
-- the whole list, page by page, makes one row a day.
CREATE TABLE audit_listings (
    id         TEXT    NOT NULL PRIMARY KEY,
    at         INTEGER NOT NULL,
    day        INTEGER NOT NULL,
    actor      TEXT    NOT NULL,
    first_user TEXT    NOT NULL,
    last_user  TEXT    NOT NULL,
    shown      INTEGER NOT NULL,
    appids     TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_listings_day ON audit_listings (actor, day, last_user);
