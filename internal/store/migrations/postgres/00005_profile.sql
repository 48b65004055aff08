-- +goose Up

-- The address of the picture that stands for the user, here or at WeChat.
ALTER TABLE users ADD COLUMN avatar_url TEXT NOT NULL DEFAULT '';

-- Pictures of some 50 KB; they go with their user.
CREATE TABLE avatars (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id    TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    type       TEXT   NOT NULL,
    data       BYTEA  NOT NULL
);
-- What is compressed already is not compressed again.
ALTER TABLE avatars ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE INDEX avatars_user ON avatars (user_id);
