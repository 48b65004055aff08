package playground

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	// maxText is how many bytes of a body that is no JSON are shown.
	maxText = 2048
	// maxLooked is how many of them are searched for secrets before it is cut:
	// one that begins inside of maxText ends inside of this.
	maxLooked = 16 << 10
	// maxJSON is the longest JSON that is shown as such.
	maxJSON = 64 << 10
	// shownOfCode is how much of a code is shown, so that one can see which of
	// several it is.
	shownOfCode = 4
)

// locked stands where a secret stood.
type locked struct {
	Kind   kind   `json:"$locked"`
	Prefix string `json:"prefix,omitempty"` // "Bearer "
	Shown  string `json:"shown,omitempty"`
}

// redactor takes the secrets out of one message, and tells the vault of them.
type redactor struct {
	vault *vault
	// wechat says that the message is between hufu and WeChat: an access_token
	// is then WeChat's, and what is not understood is not shown.
	wechat bool
	// phone says that what is called code is that of the phone number button.
	phone bool
	// problem says that the body is problem+json.
	problem bool
}

// lock makes a locked of a secret, and remembers it.
func (r *redactor) lock(k kind, value string) locked {
	switch {
	case k == kindSecret && shapes.FindString(value) == value && value != "":
		k = kindOfShape(value)
	case k == kindAccessToken && r.wechat:
		k = kindWeChatAccessToken
	case k == kindCode && r.phone:
		k = kindPhoneCode
	}
	r.vault.learn(value, k)
	l := locked{Kind: k}
	if (k == kindCode || k == kindPhoneCode) && len(value) >= minKnown && utf8.ValidString(value) {
		l.Shown = string([]rune(value)[:shownOfCode])
	}
	return l
}

// value is what is shown of a text under a name whose kind is known.
func (r *redactor) value(k kind, text string) any {
	switch {
	case text == "", k == kindPhoneNumber && masked.MatchString(text):
		return text
	case k != "":
		return r.lock(k, text)
	}
	if whole := shapes.FindString(text); whole == text {
		return r.lock(kindOfShape(text), text)
	}
	return r.text(text)
}

// text takes out what has the shape of a secret, and what is said to be one by
// name=value.
func (r *redactor) text(text string) string {
	// JSON that is cut or broken may escape the slashes of a key.
	text = strings.ReplaceAll(text, `\/`, "/")
	text = assignment.ReplaceAllStringFunc(text, func(found string) string {
		part := assignment.FindStringSubmatch(found)
		k := kindOfName(part[1])
		if k == "" || len(part[3]) < shownOfCode*2 || k == kindCode && problemWord.MatchString(part[3]) || k == kindPhoneNumber && masked.MatchString(part[3]) {
			return found
		}
		return part[1] + part[2] + r.inText(k, part[3])
	})
	return shapes.ReplaceAllStringFunc(text, func(found string) string { return r.inText(kindOfShape(found), found) })
}

func (r *redactor) inText(k kind, value string) string {
	if strings.HasPrefix(value, "[") {
		return value // was taken out before
	}
	return "[" + string(r.lock(k, value).Kind) + "]"
}

// query shows a query string in its order.
func (r *redactor) query(raw string) [][2]any {
	out := [][2]any{}
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		out = append(out, [2]any{r.text(unescape(name)), r.value(kindOfName(unescape(name)), unescape(value))})
	}
	return out
}

// unescape reads what is readable; the rest is silence.
func unescape(s string) string {
	plain, err := url.QueryUnescape(s)
	if err != nil || !utf8.ValidString(plain) {
		return "[unreadable]"
	}
	return plain
}

// plainHeaders are those that are shown between hufu and WeChat; what others may
// hold is not known.
var plainHeaders = []string{
	"accept", "cache-control", "connection", "content-encoding", "content-length", "content-type", "date", "retry-after", "server",
	"user-agent", "x-hufu-simulator", "x-hufu-simulator-fault", "x-hufu-simulator-note",
}

var authScheme = regexp.MustCompile(`^(Bearer|Basic|[A-Z][A-Za-z0-9-]{2,30}) +`)

// headers shows headers by name, in lower case.
func (r *redactor) headers(h http.Header) [][2]any {
	out := [][2]any{}
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range h[name] {
			out = append(out, [2]any{strings.ToLower(name), r.header(name, strings.ToValidUTF8(value, "?"))})
		}
	}
	return out
}

func (r *redactor) header(name, value string) any {
	if !strings.EqualFold(name, "Authorization") {
		if r.wechat && !slices.Contains(plainHeaders, strings.ToLower(name)) {
			return r.lock(kindSecret, value)
		}
		return r.value(kindOfHeader(name), value)
	}
	prefix := authScheme.FindString(value)
	k := kindSecret
	if strings.EqualFold(strings.TrimSpace(prefix), "Bearer") {
		k = kindAccessToken
	}
	l := r.lock(k, strings.TrimPrefix(value, prefix))
	l.Prefix = prefix
	return l
}

// body shows a body: JSON as JSON, text as text, and of the rest how long it is.
func (r *redactor) body(contentType string, body []byte) json.RawMessage {
	if len(body) == 0 {
		return nil
	}
	if len(body) <= maxJSON {
		if out, ok := r.json(body); ok {
			return out
		}
	}
	media, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	switch media = strings.TrimSpace(media); {
	case r.wechat:
		return mustJSON("(not JSON, and therefore not shown)")
	case media == "application/x-www-form-urlencoded":
		return mustJSON(clip(r.form(string(body[:min(len(body), maxLooked)]))))
	case !utf8.Valid(body) || strings.HasPrefix(media, "multipart/") || strings.HasPrefix(media, "image/"):
		return mustJSON("(" + clip(media) + ")")
	}
	return mustJSON(clip(r.text(strings.ToValidUTF8(string(body[:min(len(body), maxLooked)]), ""))))
}

func (r *redactor) form(body string) string {
	var parts []string
	for _, pair := range r.query(body) {
		text, ok := pair[1].(string)
		if l, isLocked := pair[1].(locked); !ok && isLocked {
			text = "[" + string(l.Kind) + "]"
		}
		parts = append(parts, pair[0].(string)+"="+text)
	}
	return strings.Join(parts, "&")
}

// clip cuts a text to what is shown, at a character's border.
func clip(text string) string {
	if len(text) <= maxText {
		return text
	}
	cut := maxText - len("…")
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// json rewrites a JSON text, in its order; ok is false if it is none.
func (r *redactor) json(body []byte) (out json.RawMessage, ok bool) {
	dec := jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(true))
	var to bytes.Buffer
	enc := jsontext.NewEncoder(&to, jsontext.AllowDuplicateNames(true), jsontext.EscapeForHTML(true))
	w := jsonWalk{redactor: r, dec: dec, enc: enc}
	if err := w.value(""); err != nil {
		return nil, false
	}
	if rest := bytes.TrimSpace(body[dec.InputOffset():]); len(rest) > 0 {
		return nil, false
	}
	return bytes.TrimSpace(to.Bytes()), true
}
