// Command verify-nethttp is a backend on net/http that only hufu's access tokens
// open:
//
//	go run ./examples/verify-nethttp -issuer http://127.0.0.1:8080 -audience wxdd00000000000001
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/hufu-id/hufu/verify"
)

func main() {
	fmt.Fprintln(os.Stderr, run())
	os.Exit(1)
}

func run() error {
	issuer := flag.String("issuer", "", "hufu's public_url")
	audience := flag.String("audience", "", "the appid whose tokens are taken")
	addr := flag.String("addr", "127.0.0.1:8090", "where to listen")
	flag.Parse()

	verifier, err := verify.New(*issuer, *audience)
	if err != nil {
		return err
	}
	defer verifier.Close()
	mux := http.NewServeMux()
	mux.Handle("GET /orders", verifier.Handler(http.HandlerFunc(orders)))
	server := &http.Server{Addr: *addr, Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	return server.ListenAndServe()
}

// orders answers for the person whose token came.
func orders(w http.ResponseWriter, r *http.Request) {
	claims, _ := verify.FromContext(r.Context())
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"user_id": claims.UserID, "orders": []string{}}) // the client went away
}
