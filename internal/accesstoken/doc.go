// Package accesstoken keeps the access_token by which an app calls WeChat's
// server APIs. It asks for it by stable_token in normal mode, which gives every
// caller the same token, so replicas and other holders do not knock each other
// out.
package accesstoken
