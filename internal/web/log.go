package web

import (
	"context"
	"io"
	"log/slog"
	"strings"

	"github.com/hufu-id/hufu/internal/secret"
)

// NewLogger makes the logger of a server: JSON lines to w, the request id of
// the context on each, and a second net under the secret types: attributes
// whose name says secret are redacted. w should be buffered by the caller.
func NewLogger(w io.Writer, level slog.Leveler) *slog.Logger {
	h := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: RedactAttr})
	return slog.New(serverHandler{
		contextHandler: contextHandler{h},
		plain:          slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}),
	})
}

// serverHandler has a second handler to the same writer, for the lines of
// requests: their attributes are ours, none has a secret's name, and looking at
// each again costs more than the whole line.
type serverHandler struct {
	contextHandler
	plain slog.Handler
}

// requestHandler is what writes the lines of requests.
func requestHandler(l *slog.Logger) slog.Handler {
	if h, ok := l.Handler().(serverHandler); ok {
		return h.plain
	}
	return l.Handler()
}

// RedactAttr is a ReplaceAttr for slog.HandlerOptions: it redacts attributes,
// also inside groups, whose name is that of a secret in any spelling.
func RedactAttr(_ []string, a slog.Attr) slog.Attr {
	if secretName(a.Key) {
		return slog.String(a.Key, secret.Redacted)
	}
	return a
}

// secretName reports whether a name is one that WeChat, OAuth or we give to
// secrets and to what is as good as one (a code can be exchanged).
func secretName(name string) bool {
	if plainLower(name) {
		return secretWord(name)
	}
	return secretWord(strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == '.' {
			return -1
		}
		return r
	}, strings.ToLower(name)))
}

// plainLower reports whether name is lower-case letters alone, as most are.
func plainLower(name string) bool {
	for i := range len(name) {
		if name[i] < 'a' || name[i] > 'z' {
			return false
		}
	}
	return true
}

func secretWord(name string) bool {
	switch name {
	case "secret", "appsecret", "clientsecret", "sessionkey", "masterkey", "apikey", "apiv3key", "privatekey",
		"token", "accesstoken", "refreshtoken", "idtoken", "authorization", "cookie", "password",
		"code", "jscode", "phonecode", "encrypteddata", "iv", "rawdata", "idempotencykey",
		"phonenumber", "purephonenumber", "body", "query":
		return true
	}
	return false
}

// contextHandler adds the request id.
type contextHandler struct{ slog.Handler }

// Handle implements slog.Handler.
func (h contextHandler) Handle(ctx context.Context, r slog.Record) error {
	if requestID := RequestID(ctx); requestID != "" {
		r.AddAttrs(slog.String("request_id", requestID))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h contextHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return contextHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h contextHandler) WithGroup(name string) slog.Handler {
	return contextHandler{h.Handler.WithGroup(name)}
}
