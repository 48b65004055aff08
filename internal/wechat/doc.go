// Package wechat is the client of WeChat's server API, api.weixin.qq.com: the
// calls that hufu makes, each as one method of Client with typed answers.
//
// What it promises: a call decides by errcode alone and ends within its
// time-out; a request that may have taken effect is never sent twice; a failing
// API is left alone for a while, for each app on its own; and no secret stands
// in an error or a log line. Errors are *Error; ToProblem turns them into what
// a client of ours may see.
//
// WeChat's documents: developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/.
package wechat
