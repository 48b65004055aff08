-- +goose Up

-- phone_sealed is sealed for its user, phone_hash a keyed hash for look-ups,
-- phone_masked what may be shown. phone_appid is the app it came by: whoever is
-- erased in that app alone leaves no number behind.
ALTER TABLE users ADD COLUMN phone_masked TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN phone_sealed BLOB;
ALTER TABLE users ADD COLUMN phone_hash BLOB;
ALTER TABLE users ADD COLUMN phone_appid TEXT;
ALTER TABLE users ADD COLUMN phone_at INTEGER;
CREATE INDEX users_phone ON users (phone_hash) WHERE phone_hash IS NOT NULL;

-- A code of the phone number button that was exchanged, by its keyed hash: for
-- five minutes the same person may repeat it.
CREATE TABLE phone_codes (
    code_hash BLOB NOT NULL PRIMARY KEY,
    appid     TEXT NOT NULL,
    openid    TEXT NOT NULL,
    used_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX phone_codes_used ON phone_codes (used_at);

-- How many pieces of encrypted data of a session failed since when.
CREATE TABLE open_data_failures (
    session_id TEXT NOT NULL PRIMARY KEY,
    since      INTEGER NOT NULL,
    failures   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX open_data_failures_since ON open_data_failures (since);
