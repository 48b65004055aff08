package audit

import (
	"context"
	"time"

	"github.com/hufu-id/hufu/internal/id"
)

// Filter says which entries are wanted; what is empty asks for nothing.
type Filter struct {
	// UserID finds what concerns a user, as either one of a merge, or as one of
	// many: of those entries each is looked through, which takes its time. Of a
	// range of users in some apps it finds those that the user is or was in; an
	// erased user may have been in any.
	UserID id.UserID
	Actor  Actor
	// Action finds one action. Without it and without UserID, reads are left out:
	// there are many times more of them than of all else.
	Action Action
}

// Recorder keeps entries.
type Recorder interface {
	// AppendAudit keeps entries that no change goes with: what was shown to
	// somebody. They are durable when it returns nil.
	AppendAudit(ctx context.Context, entries ...Entry) error
}

// Store keeps entries until retention takes them, and tells them.
type Store interface {
	Recorder
	ReadStore
	// Audit lists entries before one by id, the newest first, at most limit;
	// empty: from the newest.
	Audit(ctx context.Context, f Filter, before id.AuditID, limit int) ([]Entry, error)
	// PruneAudit forgets entries made before, but for reads, and pairs of users that were merged
	// before, at most limit of each; it returns how many went.
	PruneAudit(ctx context.Context, before time.Time, limit int) (int, error)
}
