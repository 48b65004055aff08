package simulator_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"

	"github.com/hufu-id/hufu/simulator"
)

// The person of a seed never changes, so a test may write openids down. A test
// of a login backend: the phone asks for a code, the backend exchanges
// it at the simulator's address instead of WeChat's.
func Example() {
	var wx simulator.Server
	ts := httptest.NewServer(wx.Handler())
	defer ts.Close()

	app := simulator.DemoApps()[0]
	code, err := wx.Login(app.AppID, "alice")
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := ts.Client().Get(ts.URL + "/sns/jscode2session?" + url.Values{
		"appid": {app.AppID}, "secret": {app.Secret}, "js_code": {code}, "grant_type": {"authorization_code"},
	}.Encode())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = res.Body.Close() }()
	var session struct{ OpenID, UnionID string }
	if err := json.NewDecoder(res.Body).Decode(&session); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(session.OpenID, session.UnionID)
	// Output: o3gNULauKoEqbIdDyLU6bVYRVZap o27wQ_6Pk-8a653kNhqOAjcaV5Pd
}

func ExampleServer_SetFaults() {
	var wx simulator.Server
	// The next exchange takes effect, but its answer is lost.
	err := wx.SetFaults(simulator.Fault{Path: "/sns/jscode2session", Drop: simulator.DropAfter, Times: 1})
	fmt.Println(err)
	// Output: <nil>
}
