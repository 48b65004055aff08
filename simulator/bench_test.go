package simulator_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/hufu-id/hufu/simulator"
)

// What one login costs inside the simulator, without a network: it must stay
// small beside what a load test wants to measure.
func BenchmarkCode2Session(b *testing.B) {
	for _, people := range []int{1, 100_000} {
		b.Run(fmt.Sprint("people=", people), func(b *testing.B) {
			s := &simulator.Server{Switches: simulator.Switches{LoginsPerUserMinute: -1}}
			for i := range people {
				if _, err := s.AddUser(simulator.User{Name: fmt.Sprint("p", i)}); err != nil {
					b.Fatal(err)
				}
			}
			h := s.Handler()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				code, err := s.Login(app1, fmt.Sprint("p", i%people))
				if err != nil {
					b.Fatal(err)
				}
				req := httptest.NewRequest(http.MethodGet, "http://localhost/sns/jscode2session?appid="+app1+"&secret="+secret1+"&js_code="+code+"&grant_type=authorization_code", nil)
				rec := httptest.NewRecorder()
				h.ServeHTTP(rec, req)
				if rec.Body.Len() < 100 {
					b.Fatal(rec.Body)
				}
			}
		})
	}
}
