package config

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/secret"
)

var (
	appidShape    = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)
	usualAppID    = regexp.MustCompile(`^wx[0-9a-f]{16}$`)
	accountShape  = regexp.MustCompile(`^[0-9A-Za-z_.-]{1,64}$`)
	visibleSecret = regexp.MustCompile(`^[!-~]{1,256}$`)
)

func (r *resolver) apps(f *File) {
	if len(f.Apps) == 0 {
		r.fault("apps", "is empty: name at least one app with its appid and secret_file")
	}
	seen := map[string]bool{}
	for i, a := range f.Apps {
		key := fmt.Sprintf("apps[%d]", i)
		switch {
		case a.AppID == "":
			r.fault(key+".appid", "is missing")
		case !appidShape.MatchString(a.AppID):
			r.fault(key+".appid", "is no appid: one is wx and 16 hex digits")
		case seen[a.AppID]:
			r.fault(key+".appid", "stands twice in the list")
		case !usualAppID.MatchString(a.AppID):
			r.warn("%s.appid %s does not look like one of WeChat's: wx and 16 lower-case hex digits", key, a.AppID)
		}
		seen[a.AppID] = true
		if a.OpenAccount != "" && !accountShape.MatchString(a.OpenAccount) {
			r.fault(key+".open_account", "is a name of your choice, of letters, digits, dot, dash and underscore, 64 at most")
		}
		r.out.Apps = append(r.out.Apps, app.App{
			ID:             id.AppID(a.AppID),
			Name:           cmp.Or(a.Name, a.AppID),
			Type:           app.Type(r.oneOf(key+".type", a.Type, "miniprogram", "official_account", "mobile", "website")),
			Secret:         r.appSecret(key, &f.Apps[i]),
			OpenAccount:    id.OpenAccount(a.OpenAccount),
			ExposeOpenID:   a.ExposeOpenID == nil || *a.ExposeOpenID,
			OpenIDInToken:  a.TokenOpenID,
			UnionIDInToken: a.TokenUnionID,
			TokenAlg:       r.oneOf(key+".token_alg", a.TokenAlg, "ES256", "RS256"),
			TokenType:      r.oneOf(key+".token_typ", a.TokenTyp, "JWT", "at+jwt"),
			Merge:          app.Merge(r.oneOf(key+".merge", a.Merge, "auto_when_safe", "auto", "manual")),

			PhoneByEncryptedData: a.PhoneByEncryptedData,
			ContentCheck:         r.oneOf(key+".content_check", a.ContentCheck, "off", "on") == "on",
		})
	}
}

// oneOf returns the value, or the first choice if it is empty.
func (r *resolver) oneOf(key, value string, choices ...string) string {
	if value == "" {
		return choices[0]
	}
	if !slices.Contains(choices, value) {
		r.fault(key, "is one of %v", choices)
	}
	return value
}

func (r *resolver) appSecret(key string, a *AppFile) (s secret.String) {
	switch {
	case a.SecretFile != "" && !a.Secret.Empty():
		r.fault(key+".secret_file", "is set together with secret: keep one of the two")
		return s
	case a.SecretFile != "":
		s = r.readSecret(key+".secret_file", a.SecretFile)
	case !a.Secret.Empty():
		s = a.Secret
	default:
		r.fault(key+".secret_file", "is missing: name the file that holds the AppSecret")
		return s
	}
	if !s.Empty() && !visibleSecret.MatchString(s.Reveal()) {
		r.fault(key, "the AppSecret holds characters that none has")
	}
	return s
}
