package config_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

func sprint(v any) string { return fmt.Sprint(v) }

// TestFaults has one row for each thing that can be wrong: what is written
// beside a good configuration (or in place of a line of it), and what must be
// said.
func TestFaults(t *testing.T) {
	t.Parallel()
	const url = "public_url: https://login.example.com"
	const key = "master_key: " + masterKey
	const app = "{appid: wxdd00000000000001, secret: " + appSecret + "}"
	for name, tt := range map[string]struct{ old, new, want string }{
		"NoPort":              {"", "listen: localhost", "listen: write host:port"},
		"EmptyListen":         {"", "listen: ''", "listen: write host:port"},
		"AdminNoPort":         {"", "admin_listen: '127.0.0.1:'", "admin_listen: write host:port"},
		"OneAddress":          {"", "listen: 127.0.0.1:8090", "admin_listen: must differ from listen"},
		"NoPublicURL":         {url, "", "public_url: is missing"},
		"PublicURLIsNone":     {url, "public_url: login.example.com", "public_url: is no http(s) URL"},
		"PublicURLWithQuery":  {url, "public_url: https://a.test?x=1", "public_url: must have no user, query or fragment"},
		"PublicURLWithUser":   {url, "public_url: https://u@a.test", "public_url: must have no user"},
		"PublicURLSlash":      {url, "public_url: https://a.test/", "public_url: must not end with a slash"},
		"PublicURLPlain":      {url, "public_url: http://a.test", "public_url: must be https"},
		"NotTencentsUnsaid":   {"", "wechat: {base_url: 'http://127.0.0.1:8081'}", "wechat.base_url: is not Tencent's https://api.weixin.qq.com, so who answers decides who logs in: set simulated: true"},
		"LookAlikeHost":       {"", "wechat: {base_url: 'https://api.weixin.qq.com.example.com'}", "wechat.base_url: is not Tencent's"},
		"PlainHTTPToTencent":  {"", "wechat: {base_url: 'http://api.weixin.qq.com'}", "wechat.base_url: is not Tencent's"},
		"WeChatIsNoURL":       {"", "wechat: {base_url: api.weixin.qq.com}", "wechat.base_url: is no plain http(s) URL"},
		"SimulatedButReal":    {"", "simulated: true", "simulated: is true, but wechat.base_url is the real WeChat"},
		"NoMasterKey":         {key, "", "master_key_file: is missing: make one with `hufu key master master.key`"},
		"NoMasterKeyFile":     {key, "master_key_file: nope.key", "make one with `hufu key master"},
		"BothMasterKeys":      {"", "master_key_file: x", "master_key_file: is set together with master_key"},
		"BothStores":          {"", "store: sqlite:a\nstore_file: b", "store_file: is set together with store"},
		"StoreFileMissing":    {"", "store_file: nope", "store_file: open "},
		"WeChatSlow":          {"", "wechat: {timeout: 16s}", "wechat.timeout: must be 15s at most"},
		"NoTimeout":           {"", "wechat: {timeout: 0s}", "wechat.timeout: must be longer than 0"},
		"NoConnectTimeout":    {"", "wechat: {connect_timeout: -1s}", "wechat.connect_timeout: must be longer than 0"},
		"NegativeLimit":       {"", "limits: {logins_per_minute_per_ip: -1}", "limits.logins_per_minute_per_ip: must not be negative; 0 turns the limit off"},
		"NegativeFailed":      {"", "limits: {failed_logins_per_minute_per_ip: -1}", "limits.failed_logins_per_minute_per_ip: must not"},
		"NegativePerApp":      {"", "limits: {logins_per_minute_per_app: -1}", "limits.logins_per_minute_per_app: must not"},
		"NoIdleLife":          {"", "session: {idle_life: 0d}", "session.idle_life: must be longer than 0"},
		"NoAbsoluteLife":      {"", "session: {absolute_life: 0d}", "session.absolute_life: must be longer than 0"},
		"NoSessions":          {"", "session: {max_per_user_and_app: 0}", "session.max_per_user_and_app: must be at least 1"},
		"ShortRecords":        {"", "retention: {login_records: 180d}", "retention.login_records: must be a day longer than session.absolute_life, 181d at least"},
		"NoRecords":           {"", "retention: {login_records: 0d}", "retention.login_records: must be a day longer"},
		"RecordsOfLongLife":   {"", "session: {absolute_life: 365d}\nretention: {login_records: 190d}", "retention.login_records: must be a day longer"},
		"RecordsWithoutUnit":  {"", "retention: {login_records: 190}", "retention.login_records: must be a duration with its unit"},
		"NoAudit":             {"", "retention: {audit: 0d}", "retention.audit: must be longer than 0"},
		"ShortReads":          {"", "retention: {reads: 23h}", "retention.reads: must be 1d at least; or 0"},
		"NegativeReads":       {"", "retention: {reads: -1h}", "retention.reads: must be 1d at least"},
		"LongTokenLife":       {"", "token: {life: 25h}", "token.life: a token can't be taken back"},
		"NoKeyAge":            {"", "token: {key_max_age: 0s}", "token.key_max_age: must be longer than 0"},
		"DurationWithoutUnit": {"", "token: {life: 900}", "token.life: must be a duration with its unit"},
		"DurationOfHalfDays":  {"", "token: {life: 0.5d}", "token.life: write days as a whole number"},
		"DurationIsNone":      {"", "token: {life: soon}", "token.life: write a duration with its unit"},
		"CountIsNone":         {"", "session: {max_per_user_and_app: 3.7}", "session.max_per_user_and_app: must be a whole number"},
		"CountIsText":         {"", "session: {max_per_user_and_app: many}", "session.max_per_user_and_app: must be a whole number"},
		"BoolIsANumber":       {"", "simulated: 1", "simulated: must be true or false"},
		"BoolIsYes":           {"", "log: {access: yes}", "log.access: must be true or false"},
		"TextIsAList":         {"", "listen: [a, b]", "listen: must be a text"},
		"SectionIsText":       {"", "wechat: https://x.test", "wechat: must be a section"},
		"ProxyIsNone":         {"", "trusted_proxies: [10.0.0.0/8, proxy.local]", "trusted_proxies[1]: write an address or a range"},
		"LogLevel":            {"", "log: {level: loud}", "log.level: is debug, info, warn or error"},
		"LogFormat":           {"", "log: {format: xml}", "log.format: is json or text"},
		"Merchants":           {"", "merchants: [{mchid: '1'}]", "merchants: payments are not served yet"},
		"NoApps":              {"  - " + app, "  []", "apps: is empty"},
		"AppIsText":           {app, "wxdd00000000000001", "apps[0]: must be a section"},
		"AppIDMissing":        {app, "{secret: a}", "apps[0].appid: is missing"},
		"AppIDIsNone":         {app, "{appid: 'wx 1', secret: a}", "apps[0].appid: is no appid"},
		"AppIDTwice":          {app, app + "\n  - " + app, "apps[1].appid: stands twice in the list"},
		"AppSecretMissing":    {app, "{appid: wxdd00000000000001}", "apps[0].secret_file: is missing"},
		"AppSecretTwice":      {app, "{appid: wxdd00000000000001, secret: a, secret_file: b}", "apps[0].secret_file: is set together with secret"},
		"AppSecretFile":       {app, "{appid: wxdd00000000000001, secret_file: nope}", "apps[0].secret_file: open "},
		"AppSecretIsANumber":  {app, "{appid: wxdd00000000000001, secret: 01234567890123456789012345678901}", "apps[0].secret: is no text: put it in quotes"},
		"AppSecretWithSpaces": {app, "{appid: wxdd00000000000001, secret: a b}", "apps[0]: the AppSecret holds characters"},
		"OpenAccount":         {app, "{appid: wxdd00000000000001, secret: a, open_account: 'a/b'}", "apps[0].open_account: is a name of your choice"},
		"TypeUnknown":         {app, "{appid: wxdd00000000000001, secret: a, type: minigame}", "apps[0].type: is one of [miniprogram"},
		"AlgUnknown":          {app, "{appid: wxdd00000000000001, secret: a, token_alg: HS256}", "apps[0].token_alg: is one of [ES256 RS256]"},
		"TypUnknown":          {app, "{appid: wxdd00000000000001, secret: a, token_typ: jws}", "apps[0].token_typ: is one of [JWT at+jwt]"},
		"MergeUnknown":        {app, "{appid: wxdd00000000000001, secret: a, merge: always}", "apps[0].merge: is one of"},
		"KeyUnknown":          {"", "colour: red", "colour: there is no such key"},
		"KeyMisspelt":         {"", "publik_url: x", "publik_url: there is no such key; did you mean public_url?"},
		"KeyInAnotherCase":    {"", "Listen: x", "Listen: there is no such key; did you mean listen?"},
		"KeyWithDash":         {"", "admin-listen: x", "admin-listen: there is no such key; did you mean admin_listen?"},
		"KeyOfASection":       {"", "wechat: {baseurl: x}", "wechat.baseurl: there is no such key; did you mean wechat.base_url?"},
		"KeyOfAnApp":          {app, "{appid: wxdd00000000000001, secretfile: a}", "apps[0].secretfile: there is no such key; did you mean apps.secret_file?"},
		"KeyTwice":            {"", "listen: 127.0.0.1:1\nlisten: 127.0.0.1:2", "this is no YAML that can be read"},
		"NoYAML":              {"", "a: [", "this is no YAML that can be read"},
		"NoMapping":           {good, "- a", "this is no YAML that can be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := good + tt.new + "\n"
			if tt.old != "" {
				if text = strings.Replace(good, tt.old, tt.new, 1); text == good {
					t.Fatal("the row replaces nothing")
				}
			}
			_, err := load(t, text)
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("the error is\n%v\nand lacks %q", err, tt.want)
			}
			if n := strings.Count(err.Error(), "\n"); n > 3 {
				t.Errorf("one fault, and more than what follows from it:\n%v", err)
			}
			noSecrets(t, err)
		})
	}
}

func noSecrets(t *testing.T, err error) {
	t.Helper()
	for _, s := range []string{masterKey, appSecret, "HUNTER2"} {
		if err != nil && strings.Contains(err.Error(), s) {
			t.Errorf("a secret stands in %v", err)
		}
	}
}

func TestFaults_AllAtOnce(t *testing.T) {
	t.Parallel()
	_, err := load(t, `
listen: nowhere
publik_url: https://x.test
wechat: {timeout: 1m, base_url: http://127.0.0.1}
token: {life: 900}
apps: [{appid: "", secret: a}, {appid: wxdd00000000000001, token_alg: none}]
`, "HUFU_LISTENN=x", "HUFU_APP=x")
	if err == nil {
		t.Fatal("accepted")
	}
	for _, key := range []string{"listen", "publik_url", "public_url", "wechat.timeout", "wechat.base_url", "token.life", "master_key_file",
		"apps[0].appid", "apps[1].secret_file", "apps[1].token_alg", "HUFU_LISTENN", "HUFU_APP"} {
		if n := strings.Count(err.Error(), "\n  "+key+": "); n != 1 {
			t.Errorf("%s stands %d times in the list:\n%v", key, n, err)
		}
	}
}

// TestFaults_TellNoSecrets puts a secret where none belongs.
func TestFaults_TellNoSecrets(t *testing.T) {
	t.Parallel()
	const s = "HUNTER2"
	dir := t.TempDir()
	for name, text := range map[string]string{
		"WholeFile":     s,
		"Anchor":        "master_key: *" + s,
		"BadEscape":     `master_key: "` + s + `\q"`,
		"Binary":        "master_key: !!binary " + s + "!",
		"Unclosed":      `master_key: "` + s,
		"Key":           s + " is my key: x",
		"List":          "master_key: [" + s + "]",
		"Map":           "master_key: {" + s + "!: 1}",
		"Duration":      "token: {life: " + s + "}",
		"Count":         "session: {max_per_user_and_app: " + s + "}",
		"Bool":          "simulated: " + s,
		"URL":           "public_url: postgres://u:" + s + "@h/",
		"Proxy":         "trusted_proxies: [" + s + "]",
		"Level":         "log: {level: " + s + ", format: " + s + "}",
		"AppOfSecret":   "apps: [" + s + "]",
		"SecretAsAppID": "apps: [{appid: '" + s + "!', secret: '" + s + " ', type: " + s + "}]",
		"Merchants":     "merchants: [" + s + "]",
		"DSN":           "store: postgres://u:" + s + "@h/db",
		"Listen":        "listen: " + s,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := load(t, text)
			if err == nil {
				t.Fatal("accepted")
			}
			noSecrets(t, err)
		})
	}
	t.Run("Variables", func(t *testing.T) {
		t.Parallel()
		_, err := load(t, "", "HUFU_APPS="+s, "HUFU_NOPE="+s, "HUFU_SIMULATED="+s, "HUFU_TOKEN_LIFE="+s)
		noSecrets(t, err)
	})
	t.Run("SecretFile", func(t *testing.T) {
		t.Parallel()
		write(t, dir, "secret", s+" with a space")
		_, err := load(t, good+"  - {appid: wxdd00000000000002, secret_file: "+filepath.Join(dir, "secret")+"}")
		if err == nil {
			t.Fatal("accepted")
		}
		noSecrets(t, err)
	})
}

func FuzzLoad(f *testing.F) {
	f.Add(good, "HUFU_LISTEN=127.0.0.1:0")
	f.Add("a: &a [*b]\nwechat: 5", "HUFU_WECHAT_BASE_URL=x")
	f.Add("apps: {appid: {a: b}}", `HUFU_APPS=[null,1,{"secret":{}}]`)
	f.Add("? [1]\n: {2: 3}\n!!binary x", "HUFU_TRUSTED_PROXIES=,,")
	f.Add("token: {life: -9999999999h}\nsession: {max_per_user_and_app: 99999999999999999999}", "HUFU_")
	f.Fuzz(func(t *testing.T, text, variable string) {
		c, err := load(t, text, variable)
		if (c == nil) == (err == nil) {
			t.Errorf("%v and %v", c, err)
		}
	})
}
