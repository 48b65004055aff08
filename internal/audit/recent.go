package audit

import (
	"hash/maphash"
	"sync"
)

const (
	recentShards = 16
	// recentHalf bounds a half of a shard: 64 Ki to 128 Ki reads are remembered
	// in all, in some 2 MB.
	recentHalf = 4096
)

// recent remembers what was recorded lately, as hashes by a seed of the
// process's: one read in 10^14 is taken for another, and not recorded. When a
// shard is full, its older half goes.
type recent struct {
	seed   maphash.Seed
	shards *[recentShards]recentShard
}

type recentShard struct {
	mu         sync.Mutex
	young, old map[uint64]struct{}
}

func newRecent() recent {
	return recent{seed: maphash.MakeSeed(), shards: new([recentShards]recentShard)}
}

func (r *recent) shard(read seenRead) (*recentShard, uint64) {
	hash := maphash.Comparable(r.seed, read)
	return &r.shards[hash%recentShards], hash
}

// has reports whether a read is remembered, and keeps it among the young ones.
func (r *recent) has(read seenRead) bool {
	s, hash := r.shard(read)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.young[hash]; ok {
		return true
	}
	_, ok := s.old[hash]
	if ok {
		s.add(hash)
	}
	return ok
}

func (r *recent) add(read seenRead) {
	s, hash := r.shard(read)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(hash)
}

func (s *recentShard) add(hash uint64) {
	if len(s.young) >= recentHalf {
		s.young, s.old = nil, s.young
	}
	if s.young == nil {
		s.young = make(map[uint64]struct{})
	}
	s.young[hash] = struct{}{}
}
