-- +goose Up

-- The address of the picture that stands for the user, here or at WeChat.
ALTER TABLE users ADD COLUMN avatar_url TEXT NOT NULL DEFAULT '';

-- Pictures of some 50 KB. A rowid table, so that looking for an id does not
-- read pictures. They go with their user.
CREATE TABLE avatars (
    id         TEXT    NOT NULL PRIMARY KEY,
    user_id    TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    type       TEXT    NOT NULL,
    data       BLOB    NOT NULL
) STRICT;
CREATE INDEX avatars_user ON avatars (user_id);
