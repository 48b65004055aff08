// Package wxcrypto holds the cryptography of the WeChat Mini Program platform
// as pure functions: text or bytes in, text or bytes out; no network, no clock,
// no state. It is pinned by the vectors that WeChat publishes.
//
// Open data (开放数据) is what a client API seals for the server: profile, phone
// number, steps, group ids. Its way through this package has one direction, and
// the types leave no step out:
//
//	ParseSessionKey ─▶ SessionKey.Open(Sealed) ─▶ Opened.Verify(Expected) ─▶ OpenData
//
// What it cannot give is trust. AES-CBC has no MAC: whoever changes a bit of the
// iv changes that bit of the first 16 bytes, and who may have many of his own
// ciphertexts opened can write bytes of the JSON himself. So Verify compares the
// ids that stand inside with those that are held, and nothing that is opened
// here may create, link or end an identity; a phone number needs WeChat's own
// word (Sealed.MessageHash).
//
// WeChat's documents, under developers.weixin.qq.com/miniprogram/dev/:
// framework/open-ability/signature.html (user data, rawData) and
// OpenApiDoc/user-login/checkSessionKey.html (signature of the login state).
package wxcrypto
