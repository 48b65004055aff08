package sample

import (
	"slices"
	"sync"
	"time"
)

const (
	// maxNotes is how many notes of a person are kept, the newest; maxPeople of
	// how many people, those who came first.
	maxNotes  = 100
	maxPeople = 1000
)

// note is a note as it is shown.
type note struct {
	ID        string    `json:"id"`
	Text      string    `json:"text"`
	CreatedAt time.Time `json:"created_at"`

	clientID string
}

// notebook holds the notes of all people. The zero value is empty.
type notebook struct {
	mu     sync.Mutex
	byWhom map[person][]note // newest first
}

func (b *notebook) list(who person) []note {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.byWhom[who])
}

// add keeps a note, unless one with its clientID is there: then the phone did
// not hear of it, and asks again. full says that there is no room for more
// people.
func (b *notebook) add(who person, n note) (kept note, isNew, full bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	list, known := b.byWhom[who]
	for _, other := range list {
		if other.clientID == n.clientID {
			return other, false, false
		}
	}
	if !known && len(b.byWhom) >= maxPeople {
		return note{}, false, true
	}
	if b.byWhom == nil {
		b.byWhom = map[person][]note{}
	}
	list = slices.Insert(list, 0, n)
	b.byWhom[who] = list[:min(len(list), maxNotes)]
	return n, true, false
}
