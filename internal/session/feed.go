package session

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
)

// FeedPosition is where a reader of revocations stands: after the one of that
// session at that time.
type FeedPosition struct {
	At    time.Time
	After id.SessionID
}

// AppRevocation is a revocation with the app of its session; empty: the session
// is not kept any more, and was not erased.
type AppRevocation struct {
	Revocation
	AppID id.AppID
}

// feedPage is how many revocations a page has at most; feedTurns how many pages
// are looked through for one with something in it.
const (
	feedPage  = 1000
	feedTurns = 50
)

// feedCursor is what the reader brings back. A transaction may commit after
// another that is later by its time, and replicas' clocks differ; so whoever has
// read all looks back from the latest that was seen: a little each time, and by
// clockSkew every few seconds. What comes twice does no harm.
type feedCursor struct {
	high time.Time // the latest revocation seen
	deep time.Time // when one last looked back by clockSkew
	// scan is where to go on; zero: all was read.
	scan FeedPosition
}

func (c feedCursor) String() string {
	text := fmt.Sprintf("1.%d.%d", c.high.UnixMilli(), c.deep.UnixMilli())
	if c.scan.After != "" {
		text += fmt.Sprintf(".%d.%s", c.scan.At.UnixMilli(), c.scan.After)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

func parseFeedCursor(s string) (c feedCursor, ok bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	parts := strings.Split(string(raw), ".")
	if err != nil || parts[0] != "1" || (len(parts) != 3 && len(parts) != 5) {
		return c, false
	}
	if c.high, ok = parseMillis(parts[1]); !ok {
		return c, false
	}
	if c.deep, ok = parseMillis(parts[2]); !ok || len(parts) == 3 {
		return c, ok
	}
	if c.scan.At, ok = parseMillis(parts[3]); !ok {
		return c, false
	}
	c.scan.After, ok = id.ParseSessionID(parts[4])
	return c, ok
}

func parseMillis(s string) (time.Time, bool) {
	const year9999 = 253402300799999
	n, err := strconv.ParseInt(s, 10, 64)
	return time.UnixMilli(n).UTC(), err == nil && n >= 0 && n <= year9999 && strconv.FormatInt(n, 10) == s
}

// Feed tells which sessions were ended, for backends that check tokens offline.
// since is the cursor of the answer before; empty: tell all that still matter.
// Only sessions of apps that may allows are told. The cursor returned equals
// since when there is nothing more at present. Errors are problems.
func (m *Manager) Feed(ctx context.Context, since string, may func(id.AppID) bool) (list []Revocation, next string, _ error) {
	now := m.now()
	c, from := feedCursor{high: time.UnixMilli(0).UTC(), deep: now}, FeedPosition{At: time.UnixMilli(0)}
	if since != "" {
		var ok bool
		if c, ok = parseFeedCursor(since); !ok {
			return nil, "", problem.InField("since", "since is the next_cursor of an answer before")
		}
		from = c.start(now)
	}
	list = []Revocation{}
	for range feedTurns {
		page, err := m.readFeed(ctx, from, now)
		if err != nil {
			return nil, "", err
		}
		for _, each := range page {
			if may(each.AppID) {
				list = append(list, each.Revocation)
			}
			if each.At.After(c.high) {
				c.high = each.At
			}
		}
		c.scan = FeedPosition{}
		if len(page) < feedPage {
			break
		}
		last := page[len(page)-1]
		from = FeedPosition{At: last.At, After: last.SessionID}
		c.scan = from
		if len(list) > 0 {
			break
		}
	}
	return list, c.String(), nil
}

// start is where the next page begins.
func (c *feedCursor) start(now time.Time) FeedPosition {
	switch {
	case c.scan.After != "":
		return c.scan
	case now.Sub(c.deep) >= lookBackEvery || c.deep.After(now):
		c.deep = now
		return FeedPosition{At: c.high.Add(-clockSkew)}
	}
	return FeedPosition{At: c.high.Add(-lookBack)}
}

func (m *Manager) readFeed(ctx context.Context, from FeedPosition, now time.Time) ([]AppRevocation, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	page, err := m.cfg.Store.RevocationPage(ctx, from, now, feedPage)
	if err != nil {
		return nil, problem.Of(err)
	}
	return page, nil
}
