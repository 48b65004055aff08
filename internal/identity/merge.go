package identity

import (
	"context"
	"errors"
	"time"

	"github.com/hufu-id/hufu/internal/id"
)

// ErrMergeDecided says that a pair was decided otherwise before. Nothing was
// changed.
var ErrMergeDecided = errors.New("merge was decided otherwise")

// MergeState says what became of a pair of users who may be one person.
type MergeState string

// The states.
const (
	MergePending  MergeState = "pending"
	MergeMerged   MergeState = "merged"
	MergeRejected MergeState = "rejected"
)

// MergeReason says why two users may be one person.
type MergeReason string

// The reasons.
const (
	// MergeLateUnionID: WeChat told a unionid for the first time, and another
	// user had it.
	MergeLateUnionID MergeReason = "late_unionid"
	// MergeUnionIDChanged: WeChat told another unionid than before, and another
	// user had it.
	MergeUnionIDChanged MergeReason = "unionid_changed"
	// MergeOneApp: WeChat told the unionid of a user whom the app knows by
	// another openid already.
	MergeOneApp MergeReason = "one_app"
)

// MergedByItself is Merge.DecidedBy where the app's setting has decided.
const MergedByItself = "auto"

// Merge is a pair of users who may be one person. Times are UTC, to the
// millisecond.
type Merge struct {
	ID          id.MergeID
	State       MergeState
	Reason      MergeReason
	OpenAccount id.OpenAccount // in which the unionid is
	// Users are the two, as they were when it was decided; while nobody has,
	// neither is merged into anybody. The smaller id comes first.
	Users [2]id.UserID
	// Survivor is the one of them that was left; empty unless merged.
	Survivor  id.UserID
	CreatedAt time.Time
	DecidedAt time.Time // zero: not yet
	// DecidedBy is the id of an API key, or MergedByItself.
	DecidedBy string
	// Apps are those in which the two have identities now.
	Apps []id.AppID
}

// MergeDecision decides a pair.
type MergeDecision struct {
	ID id.MergeID
	By id.KeyID
	// May tells of which apps the caller may decide about people; nil: of all.
	May Apps
	At  time.Time
	// Until is when the last access token of the two users will have expired.
	Until time.Time
}

// MergeStore keeps pairs of users who may be one person. Each method is one
// atomic step, durable when it returns nil. Of a pair that there is not they
// tell ErrNotFound, and change nothing.
type MergeStore interface {
	// Merges lists pairs after one by id, at most limit; empty: from the first.
	// An empty state is any.
	Merges(ctx context.Context, state MergeState, after id.MergeID, limit int) ([]Merge, error)
	MergeByID(ctx context.Context, pair id.MergeID) (Merge, error)
	// AcceptMerge makes one user of a pending pair: the older one stays. If one
	// of them is disabled, so is who is left, and the sessions end. Of a pair
	// that is merged already it changes nothing. It may also fail with
	// ErrMergeDecided, or ErrElsewhere.
	AcceptMerge(ctx context.Context, d MergeDecision) error
	// RejectMerge leaves a pending pair two users for good. Of a pair that is
	// rejected already it changes nothing. It may also fail with
	// ErrMergeDecided, or ErrElsewhere.
	RejectMerge(ctx context.Context, d MergeDecision) error
}

// Side is what counts of a user when it is to be decided whether two become one.
type Side struct {
	Disabled bool
	// Orders, Phone and ExternalID tell whether the user, or one merged into
	// it, has any.
	Orders, Phone, ExternalID bool
}

// bare reports whether nothing is lost that somebody else may rely on.
func (s Side) bare() bool { return !s.Orders && !s.Phone && !s.ExternalID }

// Pair is two users who may be one person.
type Pair struct {
	Sides [2]Side
	// InOneApp says that one app knows the two by different openids.
	InOneApp bool
}

// Safe reports whether the two can become one without asking anybody: one of
// them has nothing that anybody relies on, and nobody shut either of them out.
func (p Pair) Safe() bool {
	a, b := p.Sides[0], p.Sides[1]
	return !p.InOneApp && !a.Disabled && !b.Disabled && (a.bare() || b.bare())
}
