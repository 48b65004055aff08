-- +goose Up

-- To which version of the business's privacy policy a person agreed in an app:
-- agreed_at by the phone's clock, the first that was told; recorded_at by ours.
-- No foreign key to identities, for the same reason as with sessions.
CREATE TABLE consents (
    appid          TEXT    NOT NULL,
    openid         TEXT    NOT NULL,
    policy_version TEXT    NOT NULL,
    agreed_at      INTEGER NOT NULL,
    recorded_at    INTEGER NOT NULL,
    PRIMARY KEY (appid, openid, policy_version)
) STRICT, WITHOUT ROWID;