// Package simulator is the WeChat Mini Program platform, offline: a stand-in
// for api.weixin.qq.com that a test, a laptop or a CI job can talk to without
// an account and without a network.
//
// It is not WeChat, and says so on every answer (header X-Hufu-Simulator).
// It keeps state and it is strict: a code works once, for five minutes, for
// its own app; a session key goes stale; a token is superseded; a wrong
// signature is refused with the errcode, the text and the quirks that the
// platform is documented or was observed to have.
//
// The zero value of [Server] works, with two demo apps and three demo people:
//
//	var wx simulator.Server
//	ts := httptest.NewServer(wx.Handler())
//	code, err := wx.Login("wxdd00000000000001", "alice")
//	// GET ts.URL/sns/jscode2session?appid=…&secret=…&js_code=code&grant_type=authorization_code
//
// What a Go test does by method, another language does over HTTP, under
// /sim/v1/; [Routes] lists both halves. The package imports the standard
// library alone and shares no code with the server it helps to test: both are
// held to WeChat's own published vectors instead.
package simulator
