package simulator

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// call is one request to a WeChat path, read to its end.
type call struct {
	method string
	path   string
	query  url.Values
	body   []byte
	ip     string // of the caller
}

// reply is what the platform answers: a success body, or an errcode.
type reply struct {
	body    []byte // nil: an error, or ok
	errcode int
}

func fail(errcode int) reply { return reply{errcode: errcode} }

// ok is the answer of calls that have nothing to tell.
func ok() reply { return reply{body: []byte(`{"errcode":0,"errmsg":"ok"}`)} }

// errText is the platform's text for an errcode, from the page of global
// return codes and the pages of the calls, as far as a login backend meets it.
func errText(errcode int) string {
	switch errcode {
	case -1:
		return "system error"
	case 1:
		return "data not exist"
	case 40001:
		return "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r"
	case 40002:
		return "invalid grant_type"
	case 40003:
		return "invalid openid"
	case 40013:
		return "invalid appid"
	case 40014:
		return "invalid access_token"
	case 40029:
		return "invalid code"
	case 40066:
		return "invalid url"
	case 40097:
		return "invalid args"
	case 40129:
		return "invalid scene"
	case 40125:
		return "invalid appsecret"
	case 40163:
		return "code been used"
	case 40226:
		return "code blocked"
	case 40243:
		return "appsecret is frozen"
	case 41001:
		return "access_token missing"
	case 41002:
		return "appid missing"
	case 41004:
		return "appsecret missing"
	case 41008:
		return "missing code"
	case 42001:
		return "access_token expired"
	case 43001:
		return "require GET method"
	case 43002:
		return "require POST method"
	case 43003:
		return "require https"
	}
	return moreErrText(errcode)
}

func moreErrText(errcode int) string {
	switch errcode {
	case 44002:
		return "empty post data"
	case 45002:
		return "content size out of limit"
	case 45009:
		return "reach max api daily quota limit"
	case 45011:
		return "api minute-quota reach limit  mustslower  retry next minute"
	case 47001:
		return "data format error"
	case 48001:
		return "api unauthorized"
	case 48004:
		return "api forbidden for irregularities"
	case 50002:
		return "user limited"
	case 87007:
		return "session_key is not existd or expired"
	case 87008:
		return "invalid sig_method"
	case 87009:
		return "invalid signature"
	case 89002:
		return "open not exists"
	case 61010:
		return "user is not active"
	default:
		return unseenErrText(errcode)
	}
}

// unseenErrText is for errcodes whose English text is not published: it says
// what the documents say in Chinese. A client must not look at it anyway.
func unseenErrText(errcode int) string {
	switch errcode {
	case 40243:
		return "appsecret is frozen"
	case 44990:
		return "too many calls in this second"
	case 44991:
		return "too many calls in this minute"
	case 44993:
		return "too many calls on this day"
	case 50004:
		return "forbid to use token api"
	case 50007:
		return "account frozen"
	case 89503:
		return "this ip must be confirmed by the administrator"
	case 89506:
		return "the administrator refused this ip, retry after 24 hours"
	case 89507:
		return "the administrator refused this ip, retry after 1 hour"
	default:
		return "error " + strconv.Itoa(errcode)
	}
}

// encode writes the reply as the platform does on this path. The text of an
// error ends with a request id: after a comma under /sns/, after a space
// elsewhere.
func (w *world) encode(c *call, r reply) []byte {
	if r.body != nil {
		return r.body
	}
	sw := w.switches()
	var msg string
	switch r.errcode {
	case 40164:
		msg = invalidIP(c.ip)
	case 40226:
		msg = sw.BlockedText
	default:
		msg = errText(r.errcode)
	}
	sep := " rid: "
	if strings.HasPrefix(c.path, "/sns/") {
		sep = ", rid: "
	} else if sw.Hints && strings.HasPrefix(c.path, "/wxa/") {
		sep = " hint: [" + randomText(10) + "-" + strconv.Itoa(rand.IntN(10)) + "] rid: "
	}
	return fmt.Appendf(nil, `{"errcode":%d,"errmsg":%s}`, r.errcode, quoteJSON(msg+sep+rid(w.real())))
}

// invalidIP names the caller twice, as the platform does.
func invalidIP(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil || addr.Is6() {
		return fmt.Sprintf("invalid ip %s ipv6 %s, not in whitelist", ip, ip)
	}
	return fmt.Sprintf("invalid ip %s ipv6 ::ffff:%s, not in whitelist", ip, ip)
}

func quoteJSON(s string) []byte {
	b, _ := plainJSON(s) // a string always encodes
	return b
}

// rid is three groups of eight hex digits; the first is the second of the
// call.
func rid(now time.Time) string {
	return fmt.Sprintf("%08x-%08x-%08x", uint32(now.Unix()), rand.Uint32(), rand.Uint32())
}

func (w *world) contentType(c *call, r reply) string {
	const text, jsonUTF8, plainJSON = "text/plain", "application/json; encoding=utf-8", "application/json"
	choice := w.switches().ContentType
	switch {
	case choice == ContentTypeText:
		return text
	case choice == ContentTypeJSON || !strings.HasPrefix(c.path, "/sns/"):
		return jsonUTF8
	case r.body != nil:
		return text
	default:
		return plainJSON
	}
}
