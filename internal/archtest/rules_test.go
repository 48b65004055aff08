package archtest_test

// rule says what of this module a package may import in its production code.
// Tests may import what they need, but for those of self-contained packages.
type rule struct {
	// pkg is the package's folder below the module. Ending in "/...", it means
	// that folder and all below it.
	pkg string
	// may lists packages of this module, beside those of everyone.
	may []string
	// why is told when the rule is broken.
	why string
	// standardOnly forbids every other module too.
	standardOnly bool
	// selfContained holds its tests to the same.
	selfContained bool
	// testSupport allows testing and test modules in production code, since
	// only tests import the package.
	testSupport bool
	// later marks what is designed and not there yet. It is dropped when the
	// package comes.
	later bool
}

// everyone lists the leaves that any package of internal/ may import: words
// that all of them share, and that know nothing of any of them.
var everyone = []string{"internal/id", "internal/secret"}

// domainLeaves lists what every domain may import: the edge, to mount its
// routes, the audit, to tell it what was done, and the leaves beneath them.
var domainLeaves = []string{
	"internal/web", "internal/audit", "internal/problem", "internal/seal",
	"internal/wxcrypto", "internal/wechat", "internal/wechatpay",
}

func domain(extra ...string) []string { return append(extra, domainLeaves...) }

var rules = []rule{
	// Programs.
	{pkg: "cmd/hufu", why: "a command parses, calls, and sets the exit code; it also handles keys where no server runs",
		may: []string{"internal/server", "internal/config", "internal/store", "internal/seal", "internal/masterkey", "internal/token",
			"internal/web", "internal/app", "internal/audit", "internal/identity/importing", "internal/lint", "internal/playground", "playground", "simulator"}},
	{pkg: "internal/server", why: "the one composition root: it alone knows every domain, and it knows no simulator",
		may: []string{"internal/config", "internal/store", "internal/app", "internal/audit", "internal/identity", "internal/identity/importing", "internal/masterkey", "internal/session",
			"internal/token", "internal/accesstoken", "internal/event", "internal/pay", "internal/webhook",
			"internal/console", "internal/web", "internal/problem", "internal/seal", "internal/wechat", "internal/wechatpay"}},
	{pkg: "internal/config", why: "a configuration is read before anything runs: it may speak of apps, and starts nothing",
		may: []string{"internal/app"}},

	// Domains. Between them only what stands here.
	{pkg: "internal/audit", may: []string{"internal/web", "internal/problem"},
		why: "every domain tells it what was done, so it knows none of them, and nothing of people but ids"},
	{pkg: "internal/app", may: domain(), why: "apps are what others refer to; they refer to nobody"},
	{pkg: "internal/identity", may: domain("internal/picture"), why: "a person is known without sessions or tokens"},
	{pkg: "internal/identity/importing", may: domain("internal/identity"), why: "who is imported has no session yet"},
	{pkg: "internal/token", may: domain(), why: "tokens are made of claims; who gets one is decided by session"},
	{pkg: "internal/masterkey", may: []string{"internal/seal", "internal/identity", "internal/session", "internal/token"},
		why: "it has everything sealed anew by those who know what it is bound to, and serves nothing"},
	{pkg: "internal/session", may: domain("internal/identity", "internal/app", "internal/token"),
		why: "a session joins a person, an app and tokens; nothing else"},
	{pkg: "internal/accesstoken", may: domain("internal/app"), why: "the app's access_token concerns the app alone"},
	{pkg: "internal/webhook", may: domain(), later: true, why: "webhooks carry what others put in; they know no event by name"},
	{pkg: "internal/event", may: domain("internal/app", "internal/identity", "internal/session", "internal/webhook"), later: true,
		why: "WeChat's pushes concern people and their sessions, and are passed on"},
	{pkg: "internal/pay", may: domain("internal/app", "internal/identity", "internal/webhook"), later: true,
		why: "an order belongs to a person in an app; a login never depends on money"},
	{pkg: "internal/console", later: true, why: "the console administers domains through their methods, never through the store",
		may: domain("internal/app", "internal/identity", "internal/session", "internal/token", "internal/accesstoken",
			"internal/event", "internal/pay", "internal/webhook")},
	{pkg: "internal/lint", may: []string{"internal/config"}, later: true, why: "lint reads files; it needs no server"},

	// What domains stand on.
	{pkg: "internal/store", why: "the store implements interfaces that the domains declare; it knows no HTTP and no WeChat",
		may: []string{"internal/app", "internal/audit", "internal/identity", "internal/identity/importing", "internal/masterkey", "internal/session", "internal/token", "internal/accesstoken",
			"internal/event", "internal/pay", "internal/webhook"}},
	{pkg: "internal/store/storetest", testSupport: true, why: "conformance is told in the words of the domains, not of one database",
		may: []string{"internal/app", "internal/audit", "internal/identity", "internal/identity/importing", "internal/masterkey", "internal/session", "internal/token", "internal/accesstoken",
			"internal/event", "internal/pay", "internal/webhook", "internal/seal"}},
	{pkg: "internal/web", may: []string{"internal/problem"}, why: "the edge serves domains and knows none"},
	{pkg: "internal/wechat", may: []string{"internal/wxcrypto", "internal/problem"}, why: "a client of WeChat knows WeChat"},
	{pkg: "internal/wechatpay", may: []string{"internal/wxcrypto", "internal/problem"}, later: true, why: "a client of WeChat Pay knows WeChat Pay"},
	{pkg: "internal/seal", why: "sealing knows bytes, and no meaning of them"},
	{pkg: "internal/wxcrypto", standardOnly: true, why: "pure bytes in, bytes out: what can be held against official vectors must hang on nothing"},
	{pkg: "internal/picture", why: "pure bytes in, bytes out: what decodes the images of strangers knows nothing that could leak"},
	{pkg: "internal/problem", standardOnly: true, why: "the vocabulary of errors is a leaf"},
	{pkg: "internal/id", standardOnly: true, why: "typed ids are a leaf that anybody may import"},
	{pkg: "internal/secret", standardOnly: true, why: "the type that does not print is a leaf that anybody may import"},

	// Beside the server.
	{pkg: "simulator", standardOnly: true, selfContained: true,
		why: "it shares no code with what it tests, or a mistake would cancel out; and it is public, for tests that want no further module"},
	{pkg: "internal/playground", may: []string{"internal/playground/sample", "internal/problem", "internal/web"},
		why: "it looks at hufu from outside, as a phone does: over HTTP; what it needs of the server is handed to it"},
	{pkg: "internal/playground/sample",
		why: "it stands for anybody's backend, which has hufu's address and nothing else of it"},
	{pkg: "playground", standardOnly: true, why: "it holds files that were built, and no rules"},
	{pkg: "verify", why: "a public package for backends: it must not drag the server in"},
	{pkg: "examples/verify-nethttp", may: []string{"verify"}, why: "an example sees what is public alone"},

	// Support.
	{pkg: "internal/archtest", why: "rules about packages are no part of any"},
	{pkg: "hack/...", why: "tools of this repository look at it from outside"},
	{pkg: "bench/...", may: []string{"bench/...", "internal/...", "simulator"}, why: "a benchmark builds what it measures"},
	{pkg: "e2e", may: []string{"simulator"}, selfContained: true, why: "black-box tests see the binary alone"},
}

// module says which packages may import another module in production code.
type module struct {
	path string
	in   []string
	why  string
}

// modules lists every other module that production code imports.
var modules = []module{
	{"github.com/alecthomas/kong", []string{"cmd/hufu"}, "flags end where the commands end"},
	{"github.com/danielgtaylor/huma/v2", []string{"internal/web"}, "it makes the OpenAPI document, and runs no request"},
	{"github.com/failsafe-go/failsafe-go", []string{"internal/wechat"}, "a 0.x interface, wrapped in one place"},
	{"github.com/go-jose/go-jose/v4", []string{"internal/token", "verify", "internal/playground/sample"},
		"one place makes tokens, and one reads them elsewhere; the sample's clock can be moved, which verify's can't"},
	{"github.com/go-json-experiment/json", []string{"internal/web", "internal/wechat", "internal/token", "internal/session", "internal/identity", "internal/identity/importing", "internal/playground"},
		"strict JSON on the wire"},
	{"github.com/go-viper/mapstructure/v2", []string{"internal/config"}, "configuration is read in one place"},
	{"github.com/hashicorp/golang-lru/v2", []string{"internal/session", "internal/token"}, "bounded caches"},
	{"github.com/jackc/pgx/v5", []string{"internal/store", "hack/...", "bench/..."}, "SQL is spoken in one place"},
	{"github.com/knadh/koanf", []string{"internal/config"}, "configuration is read in one place"},
	{"github.com/pressly/goose/v3", []string{"internal/store"}, "the schema is the store's"},
	{"github.com/prometheus/client_golang", []string{"internal/web", "internal/server"}, "domains report by a func; they know no metrics library"},
	{"github.com/tink-crypto/tink-go/v2", []string{"internal/seal"}, "one place seals"},
	{"golang.org/x/crypto", []string{"internal/token"}, "ASN.1 of ECDSA signatures"},
	{"golang.org/x/image", []string{"internal/picture"}, "images are decoded in one place"},
	{"golang.org/x/sync", []string{"cmd/hufu", "internal/server"}, "what starts together, stops together"},
	{"golang.org/x/text", []string{"internal/identity"}, "names are compared in one normal form"},
	{"golang.org/x/time", []string{"internal/session"}, "the limit per app"},
	{"modernc.org/sqlite", []string{"internal/store", "hack/...", "bench/..."}, "SQL is spoken in one place"},
}

// testOnly lists what production code never imports.
var testOnly = []string{
	"testing", "net/http/httptest",
	"github.com/google/go-cmp", "github.com/rogpeppe/go-internal", "go.uber.org/goleak",
	"pgregory.net/rapid", "github.com/coreos/go-oidc",
}
