package audit

import (
	"context"
	"time"

	"github.com/hufu-id/hufu/internal/id"
)

// Filter says which entries are wanted; what is empty asks for nothing.
type Filter struct {
	// UserID finds what concerns a user, as either one of a merge, or as one of
	// many: of those entries each is looked through, which takes its time.
	UserID id.UserID
	Actor  Actor
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
	// Audit lists entries before one by id, the newest first, at most limit;
	// empty: from the newest.
	Audit(ctx context.Context, f Filter, before id.AuditID, limit int) ([]Entry, error)
	// PruneAudit forgets entries made before, and pairs of users that were merged
	// before, at most limit of each; it returns how many went.
	PruneAudit(ctx context.Context, before time.Time, limit int) (int, error)
}
