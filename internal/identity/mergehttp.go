package identity

import (
	"context"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/web"
)

// MergeAPI serves pairs of users who may be one person to a business's own
// services.
type MergeAPI struct {
	Merges *Merges
	Reads  *audit.Reads
	// ReadScope and WriteScope are the scopes of the API key.
	ReadScope, WriteScope string
}

// MergeView is a pair on the wire.
type MergeView struct {
	ID          id.MergeID     `json:"id" example:"mrg_01kah5qnqfefgrpyy7v6fmxa3s"`
	State       MergeState     `json:"state" enum:"pending,merged,rejected"`
	Reason      MergeReason    `json:"reason" doc:"late_unionid: WeChat told a unionid for the first time, and another user had it. unionid_changed: it told another one than before. one_app: a new openid came with the unionid of a user who has another openid in the same app." enum:"late_unionid,unionid_changed,one_app"`
	OpenAccount id.OpenAccount `json:"open_account" doc:"In which the unionid is, as the configuration calls it."`
	Users       []id.UserID    `json:"users" doc:"The two. While the merge is pending, neither is merged into anybody."`
	Into        *id.UserID     `json:"into" doc:"The one of them that was left; null unless merged."`
	CreatedAt   time.Time      `json:"created_at"`
	DecidedAt   *time.Time     `json:"decided_at"`
	DecidedBy   *string        `json:"decided_by" doc:"The id of an API key, or auto." example:"auto"`
}

func newMergeView(m *Merge) MergeView {
	v := MergeView{
		ID: m.ID, State: m.State, Reason: m.Reason, OpenAccount: m.OpenAccount, Users: m.Users[:],
		Into: orNull(m.Survivor), CreatedAt: m.CreatedAt, DecidedBy: orNull(m.DecidedBy),
	}
	if !m.DecidedAt.IsZero() {
		v.DecidedAt = &m.DecidedAt
	}
	return v
}

var mergeIDParam = web.Param{In: web.InPath, Name: "id", Description: "The merge's id.", Required: true}

// Mount adds the routes.
func (a *MergeAPI) Mount(api *web.API) {
	read, write := []string{a.ReadScope}, []string{a.WriteScope}
	web.Handle(api, web.Operation{
		Method: "GET", Path: "/v1/server/merges", ID: "listMerges", Tag: "Server", Auth: web.ServerKey, Scopes: read,
		Summary:     "List users who may be one person, the oldest pair first",
		Description: "A key that is for some apps alone sees pairs who are in no other app.",
		Params: []web.Param{
			{In: web.InQuery, Name: "state", Description: "pending, merged or rejected; default: all."},
			{In: web.InQuery, Name: "limit", Type: "integer", Description: "1 to 100; default 100."},
			{In: web.InQuery, Name: "cursor", Description: "next_cursor of the page before."},
		},
	}, a.list)
	web.Handle(api, web.Operation{
		Method: "POST", Path: "/v1/server/merges/{id}/accept", ID: "acceptMerge", Tag: "Server", Auth: web.ServerKey, Scopes: write,
		Summary:     "Make one user of two",
		Description: "The older id stays, and the other one finds it from then on. There is no way back. If one of the two is disabled, so is who is left.",
		Params:      []web.Param{mergeIDParam}, Errors: []problem.Code{problem.NotFound, problem.Conflict},
	}, a.accept)
	web.Handle(api, web.Operation{
		Method: "POST", Path: "/v1/server/merges/{id}/reject", ID: "rejectMerge", Tag: "Server", Auth: web.ServerKey, Scopes: write,
		Summary: "Leave two users two", Description: "No later login lists or merges them again.",
		Params: []web.Param{mergeIDParam}, Errors: []problem.Code{problem.NotFound, problem.Conflict},
	}, a.reject)
}

func (a *MergeAPI) list(ctx context.Context, r *web.Request, _ *struct{}) (web.List[MergeView], error) {
	none := web.List[MergeView]{}
	limit, err := r.QueryInt("limit", 100, 1, 100)
	if err != nil {
		return none, err
	}
	state := MergeState(r.Query("state"))
	switch state {
	case "", MergePending, MergeMerged, MergeRejected:
	default:
		return none, problem.InField("state", "this query parameter is pending, merged or rejected")
	}
	cursor := r.Query("cursor")
	after, ok := id.ParseMergeID(cursor)
	if !ok && cursor != "" {
		return none, problem.InField("cursor", "the cursor is the next_cursor of a page before")
	}
	list, last, err := a.Merges.List(ctx, state, after, limit, r.Key().For)
	if err != nil {
		return none, err
	}
	out := web.List[MergeView]{Data: make([]MergeView, len(list))}
	var shown []id.UserID
	for i := range list {
		out.Data[i] = newMergeView(&list[i])
		shown = append(shown, list[i].Users[:]...)
	}
	// That two ids are one person says something of both.
	if err := a.Reads.Users(ctx, actor(r), r.Key().AppIDs, shown...); err != nil {
		return none, err
	}
	if last != "" {
		next := string(last)
		out.NextCursor = &next
	}
	return out, nil
}

func (a *MergeAPI) accept(ctx context.Context, r *web.Request, _ *struct{}) (MergeView, error) {
	return a.decide(ctx, r, a.Merges.Accept)
}

func (a *MergeAPI) reject(ctx context.Context, r *web.Request, _ *struct{}) (MergeView, error) {
	return a.decide(ctx, r, a.Merges.Reject)
}

func (a *MergeAPI) decide(ctx context.Context, r *web.Request,
	step func(context.Context, id.MergeID, id.KeyID, Apps) (Merge, error)) (MergeView, error) {
	pair, ok := id.ParseMergeID(r.PathValue("id"))
	if !ok {
		return MergeView{}, noMerge()
	}
	m, err := step(ctx, pair, r.Key().ID, r.Key().For)
	if err != nil {
		return MergeView{}, err
	}
	return newMergeView(&m), nil
}
