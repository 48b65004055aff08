package playground

import (
	"regexp"
	"slices"
	"strings"
)

// kind says what a secret was, in its place in the picture.
type kind string

const (
	kindSessionKey        kind = "session_key"
	kindAppSecret         kind = "app_secret"
	kindCode              kind = "code"         // of wx.login
	kindPhoneCode         kind = "phone_code"   // of the phone number button
	kindPhoneNumber       kind = "phone_number" // one that is not masked
	kindAccessToken       kind = "access_token" // ours
	kindRefreshToken      kind = "refresh_token"
	kindWeChatAccessToken kind = "wechat_access_token"
	kindSignature         kind = "signature"
	kindEncryptedData     kind = "encrypted_data" // what WeChat sealed for hufu, and its iv
	kindSecret            kind = "secret"         // anything else that looks like one
)

// kindOfName tells what stands under a name, whatever way it is spelled; ""
// where nothing secret does. It errs on the side of silence: a name that only
// sounds like a secret's is one.
func kindOfName(name string) kind {
	plain := strings.Map(func(r rune) rune {
		switch r {
		case '_', '-', '.', ' ', '[', ']':
			return -1
		}
		return r
	}, strings.ToLower(name))
	switch plain {
	case "code", "jscode", "logincode":
		return kindCode
	case "phonecode":
		return kindPhoneCode
	case "secret", "appsecret":
		return kindAppSecret
	case "sign", "sig", "paysign", "signature2":
		return kindSignature
	case "iv", "encrypteddata":
		return kindEncryptedData
	case "ciphertext", "authorization", "auth":
		return kindSecret
	case "tokentype", "tokentypehint", "tokenendpoint", "tokenendpointauthmethodssupported":
		return ""
	}
	for _, part := range secretParts {
		if strings.Contains(plain, part.text) {
			return part.kind
		}
	}
	if strings.HasSuffix(plain, "token") || strings.HasSuffix(plain, "tokens") {
		return kindSecret
	}
	return ""
}

// secretParts make a secret of every name that has them in it; the first that
// fits says of what kind.
var secretParts = []struct {
	text string
	kind kind
}{
	{"sessionkey", kindSessionKey},
	{"refreshtoken", kindRefreshToken},
	{"accesstoken", kindAccessToken},
	{"signature", kindSignature},
	{"appsecret", kindAppSecret},
	{"secret", kindSecret},
	{"password", kindSecret},
	{"passwd", kindSecret},
	{"credential", kindSecret},
	{"privatekey", kindSecret},
	{"masterkey", kindSecret},
	{"apikey", kindSecret},
	{"apiv3key", kindSecret},
	{"aeskey", kindSecret},
	{"ticket", kindSecret},
	{"cookie", kindSecret},
	{"phonenumber", kindPhoneNumber},
}

// Shapes give a secret away under any name, and in the middle of a text.
const (
	shapeJWT     = `eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?`
	shapeRefresh = `hfr_[A-Za-z0-9_-]+`
	shapeAPIKey  = `hfk_[A-Za-z0-9_-]+`
	// shapeKey is base64 of 16 bytes: a session_key, or an iv.
	shapeKey = `[A-Za-z0-9+/]{22}==`
	// shapeBearer is any token where RFC 6750 puts it.
	shapeBearer = `(?i:bearer) +[A-Za-z0-9._~+/=-]{8,}`
	shapePEM    = `-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*`
)

var (
	shapes = regexp.MustCompile(shapeJWT + `|` + shapeRefresh + `|` + shapeAPIKey + `|` + shapeKey + `|` + shapeBearer + `|` + shapePEM)

	// assignment is name=value and "name":"value" in any text, with names that
	// kindOfName judges.
	assignment = regexp.MustCompile(`([A-Za-z][A-Za-z0-9_.-]*)(["'\\]*\s*[:=]\s*["'\\]*)([^\s"'\\&,;<>{}]+)`)
)

// kindOfShape names what shapes found.
func kindOfShape(text string) kind {
	switch {
	case strings.HasPrefix(text, "eyJ"), len(text) > 7 && strings.EqualFold(text[:7], "bearer "):
		return kindAccessToken
	case strings.HasPrefix(text, "hfr_"):
		return kindRefreshToken
	case strings.HasSuffix(text, "=="):
		return kindSessionKey
	}
	return kindSecret
}

// problemWord is a code of problem+json: a word that says what went wrong, in
// the place where elsewhere a code of wx.login stands.
var problemWord = regexp.MustCompile(`^[a-z][a-z_]{2,40}$`)

// masked is a phone number as hufu tells it to those who may not have the whole.
var masked = regexp.MustCompile(`^[+0-9]*\*{4}[0-9]*$`)

// openHeaders are those whose names sound like secrets and are none.
var openHeaders = []string{"idempotency-key", "www-authenticate", "sec-websocket-key"}

// kindOfHeader is kindOfName for headers.
func kindOfHeader(name string) kind {
	name = strings.ToLower(name)
	if slices.Contains(openHeaders, name) {
		return ""
	}
	if k := kindOfName(strings.TrimPrefix(name, "x-")); k != "" {
		return k
	}
	for _, part := range []string{"auth", "session", "key", "token"} {
		if strings.Contains(name, part) {
			return kindSecret
		}
	}
	return ""
}
