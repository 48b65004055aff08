package importing

import (
	"hash/maphash"
	"strconv"
)

// hashTable maps 64-bit hashes to 64-bit hashes, in 16 to 32 bytes each: a table
// of a million people must not cost a hundred megabytes. Two of a million keys
// have the same hash with a probability of 3 in 100 million.
type hashTable struct {
	seed  maphash.Seed
	slots [][2]uint64 // a key of zero is free
	used  int
}

func newHashTable() *hashTable {
	return &hashTable{seed: maphash.MakeSeed(), slots: make([][2]uint64, 1<<10)}
}

func (t *hashTable) sum(text string) uint64 { return maphash.String(t.seed, text) | 1 }

// claim puts a value at a key where there is none, and tells whether the key
// has this value now.
func (t *hashTable) claim(key, value string) bool {
	if t.used*3 >= len(t.slots)*2 {
		t.grow()
	}
	k, v := t.sum(key), t.sum(value)
	slot := t.find(k)
	if slot[0] == 0 {
		*slot = [2]uint64{k, v}
		t.used++
	}
	return slot[1] == v
}

// has tells whether the key has a value, and whether it is this one.
func (t *hashTable) has(key, value string) (there, same bool) {
	slot := t.find(t.sum(key))
	return slot[0] != 0, slot[0] != 0 && slot[1] == t.sum(value)
}

func (t *hashTable) find(k uint64) *[2]uint64 {
	mask := uint64(len(t.slots) - 1)
	// The lowest bit of a key is always set.
	for i := k >> 1 & mask; ; i = (i + 1) & mask {
		if slot := &t.slots[i]; slot[0] == k || slot[0] == 0 {
			return slot
		}
	}
}

func (t *hashTable) grow() {
	old := t.slots
	t.slots = make([][2]uint64, 2*len(old))
	for _, each := range old {
		if each[0] != 0 {
			*t.find(each[0]) = each
		}
	}
}

// digest is what must be equal of two rows of one person.
func (e *Entry) digest() string {
	phone := ""
	if e.Phone != nil {
		phone = e.Phone.E164()
	}
	created := ""
	if !e.CreatedAt.IsZero() {
		created = strconv.FormatInt(e.CreatedAt.UnixMilli(), 10)
	}
	return string(e.UnionID) + "\x00" + phone + "\x00" + e.Nickname + "\x00" + e.ExternalID + "\x00" + created
}

// rehearsal stands for what a dry run would have written: whom it would have
// taken, and to whom their unionids and external ids would belong.
type rehearsal struct{ taken, unions, externals *hashTable }

func newRehearsal() *rehearsal { return &rehearsal{newHashTable(), newHashTable(), newHashTable()} }

// judge tells of an entry what only rows before it decide; done: there is
// nothing more to decide.
func (r *rehearsal) judge(e *Entry) (done bool, bad *Reject) {
	who := string(e.OpenID)
	if _, taken := r.taken.has(who, ""); taken {
		return true, nil
	}
	if there, same := r.unions.has(string(e.UnionID), who); e.UnionID != "" && there && !same {
		return true, unionIDTakenHere()
	}
	if there, same := r.externals.has(e.ExternalID, who); e.ExternalID != "" && there && !same {
		return true, externalIDTaken()
	}
	return false, nil
}

func (r *rehearsal) take(e *Entry) {
	r.taken.claim(string(e.OpenID), "")
	if e.UnionID != "" {
		r.unions.claim(string(e.UnionID), string(e.OpenID))
	}
	if e.ExternalID != "" {
		r.externals.claim(e.ExternalID, string(e.OpenID))
	}
}
