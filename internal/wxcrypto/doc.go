// Package wxcrypto holds the cryptography of the WeChat Mini Program platform
// as pure functions: text or bytes in, text or bytes out; no network, no clock,
// no state. It is pinned by the vectors that WeChat publishes.
//
// WeChat's documents, under developers.weixin.qq.com/miniprogram/dev/:
// framework/open-ability/signature.html (user data, rawData) and
// OpenApiDoc/user-login/checkSessionKey.html (signature of the login state).
package wxcrypto
