package wxcrypto_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/wxcrypto"
	"github.com/hufu-id/hufu/simulator"
)

// TestOpensWhatTheSimulatorSeals: two implementations that share no code meet
// here.
func TestOpensWhatTheSimulatorSeals(t *testing.T) {
	t.Parallel()
	var wx simulator.Server
	app, other := simulator.DemoApps()[0], simulator.DemoApps()[1]
	key := login(t, &wx, app.AppID, "alice")
	openID, err := wx.OpenID(app.AppID, "alice")
	if err != nil {
		t.Fatal(err)
	}
	unionID, err := wx.UnionID(app.AppID, "alice")
	if err != nil {
		t.Fatal(err)
	}
	held := wxcrypto.IDs{OpenID: openID, UnionID: unionID}
	want := wxcrypto.Expected{AppID: app.AppID, IDs: held, Now: time.Now(), MaxAge: time.Minute, MaxAhead: time.Minute}

	for api, ids := range map[simulator.ProfileAPI]wxcrypto.IDs{simulator.GetUserInfo: held, simulator.GetUserProfile: {}} {
		given, err := wx.UserProfile(app.AppID, "alice", api)
		if err != nil {
			t.Fatal(err)
		}
		if !key.VerifyRawData(given.RawData, given.Signature) {
			t.Errorf("%s: the signature is refused", api)
		}
		profile, err := verify(t, key, given, want).Profile()
		if err != nil || profile.IDs != ids || !profile.Anonymous() {
			t.Errorf("%s: %+v, %v", api, profile, err)
		}
	}

	steps, err := wx.WeRun(app.AppID, "alice")
	if err != nil {
		t.Fatal(err)
	}
	var run struct{ StepInfoList []struct{ Step int } }
	if err := json.Unmarshal(verify(t, key, steps, want).JSON(), &run); err != nil || len(run.StepInfoList) != 31 {
		t.Errorf("%d days of steps, %v", len(run.StepInfoList), err)
	}

	opened, err := key.Open(wxcrypto.Sealed{EncryptedData: steps.EncryptedData, IV: steps.IV})
	if err != nil {
		t.Fatal(err)
	}
	want.AppID = other.AppID
	_, err = opened.Verify(want)
	refusal(t, err, wxcrypto.ErrWatermark, wxcrypto.ReasonAppID)
	if err := wx.RotateSessionKey(app.AppID, "alice"); err != nil {
		t.Fatal(err)
	}
	stale, err := wx.WeRun(app.AppID, "alice")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := key.Open(wxcrypto.Sealed{EncryptedData: stale.EncryptedData, IV: stale.IV}); err == nil {
		t.Error("sealed under the next key, and opened with the one before")
	}
}

func login(tb testing.TB, wx *simulator.Server, appID, user string) wxcrypto.SessionKey {
	tb.Helper()
	if _, err := wx.Login(appID, user); err != nil {
		tb.Fatal(err)
	}
	text, err := wx.SessionKey(appID, user)
	if err != nil {
		tb.Fatal(err)
	}
	return parseKey(tb, text)
}

func verify(tb testing.TB, key wxcrypto.SessionKey, given simulator.OpenData, want wxcrypto.Expected) wxcrypto.OpenData {
	tb.Helper()
	opened, err := key.Open(wxcrypto.Sealed{EncryptedData: given.EncryptedData, IV: given.IV})
	if err != nil {
		tb.Fatalf("%v (%s)", err, wxcrypto.ReasonOf(err))
	}
	data, err := opened.Verify(want)
	if err != nil {
		tb.Fatalf("%v (%s)", err, wxcrypto.ReasonOf(err))
	}
	return data
}
