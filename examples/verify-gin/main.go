// Command verify-gin is a backend on gin that only hufu's access tokens open:
//
//	go run . -issuer http://127.0.0.1:8080 -audience wxdd00000000000001
package main

import (
	"flag"
	"log"
	"net/http"

	"github.com/gin-gonic/gin"

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

	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	orders := r.Group("/orders", requireToken(verifier))
	orders.GET("", func(c *gin.Context) {
		claims, _ := verify.FromContext(c.Request.Context())
		c.JSON(http.StatusOK, gin.H{"user_id": claims.UserID, "orders": []string{}})
	})
	log.Print(http.ListenAndServe(*addr, r))
}

// requireToken makes a gin middleware of the net/http one.
func requireToken(verifier *verify.Verifier) gin.HandlerFunc {
	return func(c *gin.Context) {
		passed := false
		verifier.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			passed = true
			c.Request = r // its context has the claims
		})).ServeHTTP(c.Writer, c.Request)
		if !passed {
			c.Abort()
		}
	}
}
