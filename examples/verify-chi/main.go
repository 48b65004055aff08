// Command verify-chi is a backend on chi that only hufu's access tokens open:
//
//	go run . -issuer http://127.0.0.1:8080 -audience wxdd00000000000001
package main

import (
	"encoding/json"
	"flag"
	"log"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/hufu-id/hufu/verify"
)

func main() {
	issuer := flag.String("issuer", "", "hufu's public_url")
	audience := flag.String("audience", "", "the appid whose tokens are taken")
	addr := flag.String("addr", "127.0.0.1:8090", "where to listen")
	flag.Parse()

	verifier, err := verify.New(*issuer, *audience)
	if err != nil {
		log.Fatal(err)
	}
	defer verifier.Close()

	r := chi.NewRouter()
	r.Route("/orders", func(r chi.Router) {
		r.Use(verifier.Handler)
		r.Get("/", func(w http.ResponseWriter, r *http.Request) {
			claims, _ := verify.FromContext(r.Context())
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]any{"user_id": claims.UserID, "orders": []string{}})
		})
	})
	log.Print(http.ListenAndServe(*addr, r))
}
