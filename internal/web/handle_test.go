package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/web"
)

type echoIn struct {
	AppID  string     `json:"appid"`
	Count  int        `json:"count,omitzero"`
	Device web.Object `json:"device,omitzero"`
}

type echoOut struct {
	AppID  string     `json:"appid"`
	Count  int        `json:"count"`
	Device web.Object `json:"device"`
}

func echo(_ context.Context, _ *web.Request, in *echoIn) (echoOut, error) {
	return echoOut(*in), nil
}

func TestHandle(t *testing.T) {
	t.Parallel()
	api := web.New(web.Options{})
	web.Handle(api, web.Operation{Method: "POST", Path: "/v1/echo"}, echo)
	w := httptest.NewRecorder()
	api.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v1/echo", strings.NewReader(`{"appid":"wx1","count":3,"device":{"a":[1,{"b":null}]}}`)))
	if want := `{"appid":"wx1","count":3,"device":{"a":[1,{"b":null}]}}`; w.Code != http.StatusOK || w.Body.String() != want {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
}
