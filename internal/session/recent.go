package session

import (
	"fmt"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/hufu-id/hufu/internal/id"
)

// rememberedCodes bounds the codes remembered: some 2 MiB.
const rememberedCodes = 8192

// recentCodes remembers codes that this replica made sessions of. It holds no
// truth: a code that is not in it may still have been used, here before a
// restart or on another replica, and WeChat will say so. One that is in it
// needs no question to WeChat, and its session no search.
type recentCodes struct {
	seen *lru.Cache[[16]byte, id.SessionID]
}

func newRecentCodes() (*recentCodes, error) {
	cache, err := lru.New[[16]byte, id.SessionID](rememberedCodes)
	if err != nil {
		return nil, fmt.Errorf("make code cache: %w", err)
	}
	return &recentCodes{seen: cache}, nil
}

func (r *recentCodes) add(code [16]byte, s id.SessionID) { r.seen.Add(code, s) }

func (r *recentCodes) find(code [16]byte) (id.SessionID, bool) { return r.seen.Peek(code) }

func (r *recentCodes) contains(code [16]byte) bool { return r.seen.Contains(code) }
