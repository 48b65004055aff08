package web

import (
	"context"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hufu-id/hufu/internal/secret"
)

// NewLogger makes the logger of a server: JSON lines to w, the request id of
// the context on each, and a second net under the secret types: attributes
// whose name says secret are redacted. w should be buffered by the caller.
func NewLogger(w io.Writer, level slog.Leveler) *slog.Logger {
	lines := &lineWriter{to: w}
	h := slog.NewJSONHandler(lines, &slog.HandlerOptions{Level: level, ReplaceAttr: RedactAttr})
	return slog.New(serverHandler{contextHandler: contextHandler{h}, lines: lines})
}

// serverHandler lets the lines of requests past slog, to the same writer: their
// content is ours, and nothing in it can be a secret or wants escaping.
type serverHandler struct {
	contextHandler
	lines *lineWriter
}

// lineWriter takes whole lines, one at a time.
type lineWriter struct {
	mu sync.Mutex
	to io.Writer
	// line is where a request's line is put together.
	line []byte
}

// Write implements io.Writer.
func (w *lineWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(line)
}

// request writes the line of a request that went well, as slog's JSON handler
// would.
func (w *lineWriter) request(x *exchange, end time.Time, took time.Duration, method, route string, status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := append(w.line[:0], `{"time":"`...)
	b = end.AppendFormat(b, time.RFC3339Nano)
	b = append(b, `","level":"INFO","msg":"request","method":"`...)
	b = append(b, method...)
	b = append(b, `","route":"`...)
	b = append(b, route...)
	b = append(b, `","status":`...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(b, `,"took_us":`...)
	b = strconv.AppendInt(b, took.Microseconds(), 10)
	b = append(b, `,"ip":"`...)
	b = append(b, x.request.clientIP.String()...)
	b = append(b, `","request_id":"`...)
	b = append(b, x.requestID...)
	b = append(b, "\"}\n"...)
	w.line = b
	_, _ = w.to.Write(b) // as slog: a log that can't be written stops nothing
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
