package wxcrypto_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/wxcrypto"
)

func TestVerify_Watermark(t *testing.T) {
	t.Parallel()
	const app = "wx4f4bc4dec97d474b"
	mark := func(inside string) string { return `{"a":1,"watermark":` + inside + `}` }
	stamp := func(seconds any) string { return mark(fmt.Sprintf(`{"timestamp":%v,"appid":"%s"}`, seconds, app)) }
	now := int64(1_700_000_000)
	const (
		none, appID      = wxcrypto.ReasonNoWatermark, wxcrypto.ReasonAppID
		tooOld, tooYoung = wxcrypto.ReasonTooOld, wxcrypto.ReasonFuture
	)
	for name, tt := range map[string]struct {
		text   string
		reason wxcrypto.Reason // "": it passes
	}{
		"Now":             {stamp(now), ""},
		"AtTheAge":        {stamp(now - 300), ""},
		"AsFarAhead":      {stamp(now + 30), ""},
		"MoreFields":      {mark(fmt.Sprintf(`{"timestamp":%d,"appid":"%s","new":{}}`, now, app)), ""},
		"EscapedAppID":    {mark(fmt.Sprintf(`{"timestamp":%d,"appid":"\u0077x4f4bc4dec97d474b"}`, now)), ""},
		"ASecondTooOld":   {stamp(now - 301), tooOld},
		"ASecondTooYoung": {stamp(now + 31), tooYoung},
		"OfYearsAgo":      {stamp(1477314187), tooOld},
		"Zero":            {stamp(0), tooOld},
		"Negative":        {stamp(-1), tooOld},
		"LeastInt64":      {stamp("-9223372036854775808"), tooOld},
		"InMilliseconds":  {stamp(now * 1000), tooYoung},
		"GreatestInt64":   {stamp("9223372036854775807"), tooYoung},
		"OverInt64":       {stamp("9223372036854775808"), none},
		"Fraction":        {stamp("1700000000.5"), none},
		"Exponent":        {stamp("17e8"), none},
		"TimestampText":   {stamp(`"1700000000"`), none},
		"TimestampNull":   {stamp("null"), tooOld},
		"TimestampList":   {stamp("[1700000000]"), none},
		"TimestampAbsent": {mark(`{"appid":"wx4f4bc4dec97d474b"}`), none},
		"TimestampCase":   {mark(fmt.Sprintf(`{"Timestamp":%d,"appid":"%s"}`, now, app)), none},
		"AppIDAbsent":     {mark(fmt.Sprintf(`{"timestamp":%d}`, now)), none},
		"AppIDNull":       {mark(fmt.Sprintf(`{"timestamp":%d,"appid":null}`, now)), appID},
		"AppIDEmpty":      {mark(fmt.Sprintf(`{"timestamp":%d,"appid":""}`, now)), appID},
		"AppIDNumber":     {mark(fmt.Sprintf(`{"timestamp":%d,"appid":1}`, now)), none},
		"AppIDName":       {mark(fmt.Sprintf(`{"timestamp":%d,"AppID":"%s"}`, now, app)), none},
		"AnotherApp":      {mark(fmt.Sprintf(`{"timestamp":%d,"appid":"wxdd00000000000001"}`, now)), appID},
		"AppIDUpperCase":  {mark(fmt.Sprintf(`{"timestamp":%d,"appid":"WX4F4BC4DEC97D474B"}`, now)), appID},
		"AppIDCut":        {mark(fmt.Sprintf(`{"timestamp":%d,"appid":"wx4f4bc4dec97d474"}`, now)), appID},
		"AppIDLonger":     {mark(fmt.Sprintf(`{"timestamp":%d,"appid":"wx4f4bc4dec97d474b "}`, now)), appID},
		"Absent":          {`{"a":1}`, none},
		"Null":            {mark(`null`), none},
		"Text":            {mark(`"wx4f4bc4dec97d474b"`), none},
		"List":            {mark(`[]`), none},
		"Within":          {`{"a":` + stamp(now) + `}`, none},
		"NameCase":        {strings.Replace(stamp(now), "watermark", "Watermark", 1), none},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := sampleExpected()
			want.Now = time.Unix(now, 0)
			_, err := open(t, tt.text).Verify(want)
			if tt.reason == "" {
				if err != nil {
					t.Errorf("refused: %s", wxcrypto.ReasonOf(err))
				}
				return
			}
			refusal(t, err, wxcrypto.ErrWatermark, tt.reason)
		})
	}
}

// TestVerify_ExpectsSomething: what a caller forgot to say is no permission.
func TestVerify_ExpectsSomething(t *testing.T) {
	t.Parallel()
	opened := open(t, sample.Plaintext)
	for name, change := range map[string]func(*wxcrypto.Expected){
		"NothingAtAll":  func(e *wxcrypto.Expected) { *e = wxcrypto.Expected{} },
		"NoAppID":       func(e *wxcrypto.Expected) { e.AppID = "" },
		"NoClock":       func(e *wxcrypto.Expected) { e.Now = time.Time{} },
		"NoAge":         func(e *wxcrypto.Expected) { e.MaxAge = 0 },
		"NegativeAge":   func(e *wxcrypto.Expected) { e.MaxAge = -time.Second },
		"NegativeAhead": func(e *wxcrypto.Expected) { e.MaxAhead = -time.Second },
	} {
		want := sampleExpected()
		change(&want)
		_, err := opened.Verify(want)
		if wxcrypto.ReasonOf(err) != wxcrypto.ReasonExpected {
			t.Errorf("%s: %q", name, wxcrypto.ReasonOf(err))
		}
	}
	exact := sampleExpected()
	exact.Now, exact.MaxAhead = time.Unix(1477314187, 0), 0
	if _, err := opened.Verify(exact); err != nil {
		t.Errorf("no time ahead, of this second: %v", err)
	}
	exact.Now = exact.Now.Add(-time.Nanosecond)
	_, err := opened.Verify(exact)
	refusal(t, err, wxcrypto.ErrWatermark, wxcrypto.ReasonFuture)
	_, err = wxcrypto.Opened{}.Verify(sampleExpected())
	refusal(t, err, wxcrypto.ErrDecrypt, wxcrypto.ReasonShape)
}

func TestVerify_IDs(t *testing.T) {
	t.Parallel()
	const openID, unionID = "oGZUI0egBJY1zhBYw2KhdUfwVJJE", "ocMvos6NjeKLIBqg5Mr9QjxrP1FA"
	both := wxcrypto.IDs{OpenID: openID, UnionID: unionID}
	const noOpen, noUnion = wxcrypto.ReasonOpenID, wxcrypto.ReasonUnionID
	for name, tt := range map[string]struct {
		fields string
		held   wxcrypto.IDs
		found  wxcrypto.IDs
		reason wxcrypto.Reason
	}{
		"Both":               {`"openId":"` + openID + `","unionId":"` + unionID + `"`, both, both, ""},
		"NoneAsGetProfile":   {`"nickName":"x"`, both, wxcrypto.IDs{}, ""},
		"OpenIDAlone":        {`"openId":"` + openID + `"`, both, wxcrypto.IDs{OpenID: openID}, ""},
		"LowerCase":          {`"openid":"` + openID + `"`, both, wxcrypto.IDs{OpenID: openID}, ""},
		"Null":               {`"openId":null,"unionId":null`, both, wxcrypto.IDs{}, ""},
		"Empty":              {`"openId":"","unionId":""`, both, wxcrypto.IDs{}, ""},
		"OfAThing":           {`"openGId":"tGZUI0","opengid":"tGZUI0"`, both, wxcrypto.IDs{}, ""},
		"Within":             {`"a":{"openId":"other"}`, both, wxcrypto.IDs{}, ""},
		"AnotherOpenID":      {`"openId":"oGZUI0egBJY1zhBYw2KhdUfwVJJF"`, both, wxcrypto.IDs{}, noOpen},
		"OpenIDCase":         {`"openId":"` + strings.ToLower(openID) + `"`, both, wxcrypto.IDs{}, noOpen},
		"OpenIDCut":          {`"openId":"` + openID[:27] + `"`, both, wxcrypto.IDs{}, noOpen},
		"OpenIDOtherCase":    {`"OPENID":"other"`, both, wxcrypto.IDs{}, noOpen},
		"OpenIDTwoSpellings": {`"openId":"` + openID + `","openid":"` + openID + `"`, both, wxcrypto.IDs{}, noOpen},
		"OpenIDAndEmpty":     {`"openId":"` + openID + `","openid":""`, both, wxcrypto.IDs{}, noOpen},
		"OpenIDNumber":       {`"openId":1`, both, wxcrypto.IDs{}, noOpen},
		"OpenIDList":         {`"openId":["` + openID + `"]`, both, wxcrypto.IDs{}, noOpen},
		"OpenIDNotHeld":      {`"openId":"` + openID + `"`, wxcrypto.IDs{UnionID: unionID}, wxcrypto.IDs{}, noOpen},
		"AnotherUnionID":     {`"openId":"` + openID + `","unionId":"ocMvos6NjeKLIBqg5Mr9QjxrP1FB"`, both, wxcrypto.IDs{}, noUnion},
		"UnionIDNotHeld":     {`"unionId":"` + unionID + `"`, wxcrypto.IDs{OpenID: openID}, wxcrypto.IDs{}, noUnion},
		"UnionIDObject":      {`"unionId":{}`, both, wxcrypto.IDs{}, noUnion},
		"UnionIDSpellings":   {`"unionId":"` + unionID + `","UnionID":"` + unionID + `"`, both, wxcrypto.IDs{}, noUnion},
		"Swapped":            {`"openId":"` + unionID + `","unionId":"` + openID + `"`, both, wxcrypto.IDs{}, noOpen},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opened := open(t, `{`+tt.fields+`,"watermark":{"timestamp":1477314187,"appid":"wx4f4bc4dec97d474b"}}`)
			want := sampleExpected()
			want.IDs = tt.held
			for range 8 { // fields come in another order each time
				data, err := opened.Verify(want)
				if tt.reason != "" {
					refusal(t, err, wxcrypto.ErrWatermark, tt.reason)
				} else if err != nil || data.IDs() != tt.found {
					t.Errorf("IDs = %+v, %v (%s)", data.IDs(), err, wxcrypto.ReasonOf(err))
				}
			}
		})
	}
}

// TestNothingPrintsOpenData: what was opened is of a person.
func TestNothingPrintsOpenData(t *testing.T) {
	t.Parallel()
	opened := open(t, sample.Plaintext)
	data, err := opened.Verify(sampleExpected())
	if err != nil {
		t.Fatal(err)
	}
	type holder struct {
		Opened wxcrypto.Opened
		opened wxcrypto.Opened
		data   wxcrypto.OpenData
		nested *wxcrypto.OpenData
	}
	h := holder{opened, opened, data, &data}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb+verb, opened, data, h, &h)
	}
	if err := json.NewEncoder(&out).Encode([]any{opened, data, h}); err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "o", opened, "d", data, "h", h)
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "o", opened, "d", data, "h", h)
	for _, form := range []string{"Band", "oGZUI0", "123 34 111", fmt.Sprintf("%x", "openId")} {
		if strings.Contains(out.String(), form) {
			t.Errorf("%s is printed in\n%s", form, out.String())
		}
	}
}

func TestOpenData_ZeroValue(t *testing.T) {
	t.Parallel()
	var data wxcrypto.OpenData
	if data.JSON() != nil || data.IDs() != (wxcrypto.IDs{}) {
		t.Error("it holds something")
	}
	_, err := data.Profile()
	refusal(t, err, wxcrypto.ErrDecrypt, wxcrypto.ReasonShape)
	_, err = data.Phone()
	refusal(t, err, wxcrypto.ErrDecrypt, wxcrypto.ReasonShape)
}
