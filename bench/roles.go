package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// The parts that this program plays in processes of their own.
const (
	roleStub  = "stub"
	roleFloor = "floor"
	roleBare  = "bare"
)

// readyPrefix begins the line by which a role tells its address.
const readyPrefix = "ready "

// playRole serves a role until stdin is closed, which it is at the latest when
// the process that started it is gone.
func playRole(args []string, stdin io.Reader, stdout io.Writer) error {
	flags := flag.NewFlagSet("role", flag.ContinueOnError)
	upstream := flags.String("upstream", "", "base URL of the stub")
	size := flags.Int("size", 0, "bytes of the constant answer")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	var handler http.Handler
	switch args[0] {
	case roleStub:
		handler = stubHandler()
	case roleFloor:
		handler = floorHandler(*upstream, *size)
	case roleBare:
		handler = bareHandler(*size)
	default:
		return fmt.Errorf("no role %q", args[0])
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s%s\n", readyPrefix, listener.Addr())
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, stdin)
		_ = server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// stubHandler is a trivial jscode2session.
func stubHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		code, err := parseLoginCode(queryValue(r.URL.RawQuery, "js_code"))
		if err != nil || r.URL.Path != "/sns/jscode2session" {
			_, _ = io.WriteString(w, `{"errcode":40029,"errmsg":"invalid code"}`)
			return
		}
		if code.delay > 0 {
			time.Sleep(code.delay)
		}
		_, _ = io.WriteString(w, code.answer())
	})
}

// queryValue finds a value that needs no decoding.
func queryValue(query, key string) string {
	for pair := range strings.SplitSeq(query, "&") {
		if name, value, _ := strings.Cut(pair, "="); name == key {
			return value
		}
	}
	return ""
}

// floorHandler is the least that exchanges a code: it reads the request, calls
// jscode2session through a pool of sufficient size, and answers a constant of
// the size given.
func floorHandler(upstream string, size int) http.Handler {
	client := &http.Client{
		Timeout: 5 * time.Second,
		Transport: &http.Transport{
			MaxIdleConns: 1024, MaxIdleConnsPerHost: 1024, IdleConnTimeout: 90 * time.Second, DisableCompression: true,
		},
	}
	prefix := upstream + "/sns/jscode2session?appid=" + benchAppID + "&secret=" + benchSecret + "&grant_type=authorization_code&js_code="
	answer := constantAnswer(size)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, "the request can't be read", http.StatusBadRequest)
			return
		}
		if err := exchangeCode(r.Context(), client, prefix+url.QueryEscape(codeIn(body))); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.Header()["Content-Type"] = jsonType
		_, _ = w.Write(answer)
	})
}

var jsonType = []string{"application/json"}

func exchangeCode(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if !bytes.Contains(answer, []byte(`"openid"`)) {
		return errors.New("jscode2session refused the code")
	}
	return nil
}

// codeIn finds the code in the body of a login, without the cost of JSON.
func codeIn(body []byte) string {
	_, rest, _ := bytes.Cut(body, []byte(`"code":"`))
	code, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(code)
}

// bareHandler answers a constant and does nothing else.
func bareHandler(size int) http.Handler {
	answer := constantAnswer(size)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = jsonType
		_, _ = w.Write(answer)
	})
}

// constantAnswer is JSON of exactly so many bytes, or the least there is.
func constantAnswer(size int) []byte {
	const frame = `{"ok":""}`
	return []byte(`{"ok":"` + strings.Repeat("x", max(0, size-len(frame))) + `"}`)
}

// runRole is main for a role.
func runRole(args []string) int {
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "bench: role of what?")
		return 2
	}
	if err := playRole(args, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %s: %v\n", args[0], err)
		return 1
	}
	return 0
}
