package web_test

import (
	"context"
	"testing"

	"github.com/hufu-id/hufu/internal/web"
)

// TestDeclarationsThatCannotWork are found when they are made.
func TestDeclarationsThatCannotWork(t *testing.T) {
	t.Parallel()
	panics := func(name string, f func(*web.API)) {
		t.Helper()
		defer func() {
			if recover() == nil {
				t.Errorf("%s was accepted", name)
			}
		}()
		f(web.New(web.Options{}))
	}
	op := web.Operation{Method: "POST", Path: "/x"}
	panics("body that is no struct", func(api *web.API) {
		web.Handle(api, op, func(context.Context, *web.Request, *string) (struct{}, error) { return struct{}{}, nil })
	})
	panics("field without a name", func(api *web.API) {
		web.Handle(api, op, func(context.Context, *web.Request, *struct{ A string }) (struct{}, error) { return struct{}{}, nil })
	})
	panics("token without authenticator", func(api *web.API) {
		op := op
		op.Auth = web.Bearer
		web.Handle(api, op, echo)
	})
	panics("the same route twice", func(api *web.API) {
		web.Handle(api, op, echo)
		web.Handle(api, op, echo)
	})
}
