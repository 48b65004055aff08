// Package playground is the server side of what `hufu dev` shows at /: a mini
// program that runs in a browser, beside a live picture of every call between
// phone, hufu and WeChat.
//
// It owns the page and its assets (/, /playground/…) and what the page needs of
// a server (/playground/v1/…): the relay that makes the phone's calls as WeChat
// would let it, a network that can be broken, a clock that can be moved, and the
// stream of what happened. Each call is a real one, over HTTP, to the very
// address that a phone would call.
//
// It is for development alone, and still careful: whoever could reach it could
// act as the person in the phone, so it answers to its own page and no other
// (guard.go); and no secret of WeChat's or of ours is ever in the picture
// (redact.go), only the place where it stood.
package playground
