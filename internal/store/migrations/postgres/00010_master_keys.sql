-- +goose Up

-- Each key of the master keyset that has sealed anything, by the id that its
-- ciphertexts begin with: a server whose keyset lacks one refuses to start. The
-- canary is sealed under it, and shows that a key of that id is that key.
--
-- sealing_at is the last time that a server told that it seals under the key.
-- What begins with sweep_ is the progress of sealing everything anew under it.
CREATE TABLE master_keys (
    key_id        BIGINT NOT NULL PRIMARY KEY,
    canary        BYTEA NOT NULL,
    primary_at    BIGINT NOT NULL,
    sealing_at    BIGINT NOT NULL,
    retired_at    BIGINT,
    sweep_from    BIGINT,
    sweep_after   TEXT COLLATE "C" NOT NULL DEFAULT '',
    sweep_seen    BIGINT NOT NULL DEFAULT 0,
    sweep_total   BIGINT NOT NULL DEFAULT 0,
    sweep_found   BIGINT NOT NULL DEFAULT 0,
    sweep_failed  BIGINT NOT NULL DEFAULT 0,
    sweep_done_at BIGINT,
    worker        TEXT COLLATE "C" NOT NULL DEFAULT '',
    worker_until  BIGINT NOT NULL DEFAULT 0
);

-- When WeChat said that the newest session_key is not the person's any more. It
-- counts only if no login came after it, so that a login need not touch it.
ALTER TABLE identities ADD COLUMN session_key_stale_at BIGINT;

-- When a key that was replaced stops to be good.
ALTER TABLE api_keys ADD COLUMN expires_at BIGINT;
