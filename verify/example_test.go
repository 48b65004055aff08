package verify_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/hufu-id/hufu/internal/token"
	"github.com/hufu-id/hufu/verify"
)

// demo is an issuer at a loopback address, and a token of its.
func demo() (issuer, accessToken string, stop func()) {
	var handler http.Handler
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	h, err := buildHouse(srv.URL)
	if err != nil {
		panic(err)
	}
	handler = h.handler
	accessToken, _, err = h.issuer.Issue(someClaims(), token.ES256, token.TypeJWT, time.Time{})
	if err != nil {
		panic(err)
	}
	return srv.URL, accessToken, srv.Close
}

func ExampleVerifier_Verify() {
	issuer, accessToken, stop := demo() // yours is https://login.example.com
	defer stop()

	verifier, err := verify.New(issuer, "wxdd00000000000001")
	if err != nil {
		panic(err)
	}
	defer verifier.Close()

	claims, err := verifier.Verify(context.Background(), accessToken)
	switch {
	case err == nil:
		fmt.Println("a user of", claims.AppID)
	case errors.Is(err, verify.ErrUnavailable):
		fmt.Println("come again") // 503: this is no fault of the token's
	default:
		fmt.Println("log in again") // 401
	}

	_, err = verifier.Verify(context.Background(), accessToken[1:])
	fmt.Println(errors.Is(err, verify.ErrInvalid))
	// Output:
	// a user of wxdd00000000000001
	// true
}

func ExampleVerifier_Handler() {
	issuer, accessToken, stop := demo() // yours is https://login.example.com
	defer stop()

	verifier, err := verify.New(issuer, "wxdd00000000000001")
	if err != nil {
		panic(err)
	}
	defer verifier.Close()

	orders := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, _ := verify.FromContext(r.Context())
		fmt.Fprintln(w, "the orders of", claims.UserID)
	})
	mux := http.NewServeMux()
	mux.Handle("GET /orders", verifier.Handler(orders))

	for _, authorization := range []string{"", "Bearer " + accessToken} {
		r := httptest.NewRequest(http.MethodGet, "/orders", nil)
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Println(w.Code)
	}
	// Output:
	// 401
	// 200
}

func ExampleWithRevocations() {
	apiKey := "hfk_example" // from where you keep secrets
	verifier, err := verify.New("https://login.example.com", "wx1234567890abcdef",
		verify.WithRevocations(apiKey, verify.Feed{
			Interval:  2 * time.Second,
			WhenStale: verify.RefuseWhenStale, // for what must not be late
		}))
	if err != nil {
		panic(err)
	}
	defer verifier.Close()
	// Output:
}
