-- +goose Up

-- As in SQLite. A foreign key would also cost each login, which updates
-- identities, a check of its own.
CREATE TABLE consents (
    appid          TEXT COLLATE "C" NOT NULL,
    openid         TEXT COLLATE "C" NOT NULL,
    policy_version TEXT COLLATE "C" NOT NULL,
    agreed_at      BIGINT NOT NULL,
    recorded_at    BIGINT NOT NULL,
    PRIMARY KEY (appid, openid, policy_version)
);
