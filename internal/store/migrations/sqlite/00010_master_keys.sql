-- +goose Up

-- Each key of the master keyset that has sealed anything, by the id that its
-- ciphertexts begin with: a server whose keyset lacks one refuses to start. The
-- canary is sealed under it, and shows that a key of that id is that key.
--
-- sealing_at is the last time that a server told that it seals under the key.
-- What begins with sweep_ is the progress of sealing everything anew under it.
CREATE TABLE master_keys (
    key_id        INTEGER NOT NULL PRIMARY KEY,
    canary        BLOB    NOT NULL,
    primary_at    INTEGER NOT NULL,
    sealing_at    INTEGER NOT NULL,
    retired_at    INTEGER,
    sweep_from    INTEGER,
    sweep_after   TEXT    NOT NULL DEFAULT '',
    sweep_seen    INTEGER NOT NULL DEFAULT 0,
    sweep_total   INTEGER NOT NULL DEFAULT 0,
    sweep_found   INTEGER NOT NULL DEFAULT 0,
    sweep_failed  INTEGER NOT NULL DEFAULT 0,
    sweep_done_at INTEGER,
    worker        TEXT    NOT NULL DEFAULT '',
    worker_until  INTEGER NOT NULL DEFAULT 0
) STRICT;

-- When WeChat said that the newest session_key is not the person's any more. It
-- counts only if no login came after it, so that a login need not touch it.
ALTER TABLE identities ADD COLUMN session_key_stale_at INTEGER;

-- When a key that was replaced stops to be good.
ALTER TABLE api_keys ADD COLUMN expires_at INTEGER;
