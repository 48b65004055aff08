package session

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/hufu-id/hufu/internal/id"
)

// appLimits limits the logins of each app; a burst may use a minute's worth.
// It is asked of configured apps alone, so it is as small as their list.
type appLimits struct {
	perMinute int // 0: no limit
	mu        sync.Mutex
	limiters  map[id.AppID]*rate.Limiter
}

func (l *appLimits) allow(appid id.AppID, now time.Time) (ok bool, retryAfter time.Duration) {
	if l.perMinute <= 0 {
		return true, 0
	}
	l.mu.Lock()
	limiter := l.limiters[appid]
	if limiter == nil {
		if l.limiters == nil {
			l.limiters = map[id.AppID]*rate.Limiter{}
		}
		limiter = rate.NewLimiter(rate.Limit(float64(l.perMinute)/60), l.perMinute)
		l.limiters[appid] = limiter
	}
	l.mu.Unlock()
	r := limiter.ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return false, wait
	}
	return true, 0
}
