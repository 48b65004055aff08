package playground_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestSampleBackend(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	l := r.listen("")
	n := 0
	send := func(method, body string, header map[string]string) map[string]any {
		t.Helper()
		n++
		id := fmt.Sprintf("s%d", n)
		r.send(id, method, r.url+"/sample/notes", map[string]any{"header": header, "data": body})
		return l.result(id)
	}
	wants := func(got map[string]any, status float64, text string) {
		t.Helper()
		if data, _ := got["data"].(string); got["status_code"] != status || !strings.Contains(data, text) {
			t.Errorf("%v, want %v %s", got, status, text)
		}
	}
	alice := r.granted(r.login(l, "c1", r.code(app1, "alice"), key1))
	bob := r.granted(r.login(l, "c2", r.code(app1, "bob"), key2))

	wants(send("GET", "", bearer(alice)), 200, `{"data":[]}`)
	wants(send("POST", `{"text":"Hello","client_id":"k1"}`, bearer(alice)), 201, `"text":"Hello"`)
	wants(send("POST", `{"text":"Hello","client_id":"k1"}`, bearer(alice)), 200, `"text":"Hello"`)
	wants(send("POST", `{"text":"World","client_id":"k2"}`, bearer(alice)), 201, `"text":"World"`)
	var list struct {
		Data []struct{ ID, Text, CreatedAt string } `json:"data"`
	}
	got := send("GET", "", bearer(alice))
	if err := json.Unmarshal([]byte(got["data"].(string)), &list); err != nil || len(list.Data) != 2 || list.Data[0].Text != "World" {
		t.Errorf("%v", got)
	}
	wants(send("GET", "", bearer(bob)), 200, `{"data":[]}`)
	for _, body := range []string{`{`, `{"text":"","client_id":"k"}`, `{"text":"a"}`, `{"text":"` + strings.Repeat("a", 501) + `","client_id":"k"}`} {
		wants(send("POST", body, bearer(alice)), 400, `"code":"invalid_request"`)
	}

	forged := map[string]any{"access_token": alice["access_token"].(string)[:len(alice["access_token"].(string))-8] + "AAAAAAAA"}
	for name, header := range map[string]map[string]string{
		"None": {"content-type": "application/json"}, "NoToken": {"Authorization": "Bearer x"}, "Forged": bearer(forged),
		"RefreshToken": {"Authorization": "Bearer " + alice["refresh_token"].(string)},
	} {
		if got := send("GET", "", header); got["status_code"] != 401.0 || !strings.Contains(got["data"].(string), `"code":"invalid_token"`) {
			t.Errorf("%s: %v", name, got)
		}
	}

	// What the backend asks of hufu is in the picture, inside of the phone's call.
	x := l.exchange("of the backend", func(x map[string]any) bool {
		return x["from"] == "backend" && x["request"].(map[string]any)["path"] == "/v1/session"
	})
	outer := l.exchange("around it", func(o map[string]any) bool { return o["id"] == x["parent"] })
	if outer["to"] != "backend" || outer["from"] != "phone" || x["to"] != "hufu" {
		t.Errorf("%v inside of %v", x, outer)
	}

	r.page("POST", "/sessions/end", `{"session_id":"`+alice["session_id"].(string)+`"}`, 204)
	wants(send("GET", "", bearer(alice)), 401, `"code":"session_revoked"`)
	r.page("POST", "/clock", `{"advance":960,"what":"hufu"}`, 200)
	wants(send("GET", "", bearer(bob)), 401, `"code":"token_expired"`)
}
