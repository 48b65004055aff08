package audit

import (
	"context"
	"slices"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/web"
)

// API serves the audit to operators' services.
type API struct {
	Store Store
	// Reads writes what it still holds before the audit is read; may be nil.
	Reads *Reads
	// Scope is the scope of the API key.
	Scope string
}

// Item is an entry on the wire. What does not concern it is left out.
type Item struct {
	ID          id.AuditID   `json:"id"`
	At          time.Time    `json:"at"`
	Actor       Actor        `json:"actor" doc:"The id of an API key or of a user; or cli, for a command on the server; or system, for hufu itself."`
	Action      Action       `json:"action" example:"user.erased"`
	AppID       id.AppID     `json:"appid,omitzero"`
	UserID      id.UserID    `json:"user_id,omitzero" doc:"Whom it is about; an erased user's id stays."`
	OtherUserID id.UserID    `json:"other_user_id,omitzero" doc:"The one who was merged into user_id, or would be; or whom an identity left for user_id."`
	SessionID   id.SessionID `json:"session_id,omitzero"`
	MergeID     id.MergeID   `json:"merge_id,omitzero"`
	KeyID       id.KeyID     `json:"key_id,omitzero" doc:"The API key that was made or revoked."`
	Details     ItemDetails  `json:"details"`
}

// ItemDetails are Details on the wire.
type ItemDetails struct {
	Fields []string    `json:"fields,omitzero" doc:"What was changed, without the values."`
	Scope  string      `json:"scope,omitzero" doc:"How far an erasure went."`
	Reason string      `json:"reason,omitzero"`
	Count  int         `json:"count,omitzero" doc:"How many users it is about."`
	Users  []id.UserID `json:"user_ids,omitzero"`
	From   id.UserID   `json:"from_user_id,omitzero" doc:"Of users.listed: all users from this one on, in the order of their ids,"`
	To     id.UserID   `json:"to_user_id,omitzero" doc:"to this one."`
	Scopes []string    `json:"scopes,omitzero"`
	Apps   []id.AppID  `json:"appids,omitzero" doc:"Of a key: what it is for. Of users.listed: only users of these apps; absent: of all."`
}

// NewItem shows an entry.
func NewItem(e *Entry) Item {
	return Item{
		ID: e.ID, At: e.At, Actor: e.Actor, Action: e.Action, AppID: e.AppID, UserID: e.UserID, OtherUserID: e.OtherUserID,
		SessionID: e.SessionID, MergeID: e.MergeID, KeyID: e.KeyID, Details: ItemDetails(e.Details),
	}
}

// Mount adds the route.
func (a *API) Mount(api *web.API) {
	web.Handle(api, web.Operation{
		Method: "GET", Path: "/v1/server/audit", ID: "listAudit", Tag: "Server", Auth: web.ServerKey, Scopes: []string{a.Scope},
		Summary: "Who did what to people's data, the newest first",
		Description: "Administrative steps and access to personal data, by ids alone. It tells of all apps, so the API key must be " +
			"for all of them. That a key read users (user.read, users.listed: once a day and user, or range of users) is told " +
			"where user or such an action is asked for, and left out otherwise.",
		Params: []web.Param{
			{In: web.InQuery, Name: "user", Description: "A user's id: only what is about this user, alone or among others."},
			{In: web.InQuery, Name: "actor", Description: "The id of an API key or of a user, or cli, or system: only what these did."},
			{In: web.InQuery, Name: "action", Description: "Only this action, such as user.erased."},
			{In: web.InQuery, Name: "limit", Type: "integer", Description: "1 to 100; default 100."},
			{In: web.InQuery, Name: "cursor", Description: "next_cursor of the page before."},
		},
	}, a.list)
}

func (a *API) list(ctx context.Context, r *web.Request, _ *struct{}) (web.List[Item], error) {
	if len(r.Key().AppIDs) > 0 {
		return web.List[Item]{}, problem.New(problem.InsufficientScope, "the audit is about all apps, and this API key is for some alone")
	}
	limit, err := r.QueryInt("limit", 100, 1, 100)
	if err != nil {
		return web.List[Item]{}, err
	}
	cursor := r.Query("cursor")
	before, ok := id.ParseAuditID(cursor)
	if !ok && cursor != "" {
		return web.List[Item]{}, problem.InField("cursor", "the cursor is the next_cursor of a page before")
	}
	f, err := filter(r)
	if err != nil {
		return web.List[Item]{}, err
	}
	if err := a.Reads.Flush(ctx); err != nil {
		return web.List[Item]{}, err
	}
	// One more than is asked for tells whether there is more.
	list, err := a.Store.Audit(ctx, f, before, limit+1)
	if err != nil {
		return web.List[Item]{}, err
	}
	out := web.List[Item]{Data: make([]Item, min(len(list), limit))}
	for i := range out.Data {
		out.Data[i] = NewItem(&list[i])
	}
	if len(list) > limit {
		next := string(list[limit-1].ID)
		out.NextCursor = &next
	}
	return out, nil
}

// filter reads what is asked for.
func filter(r *web.Request) (f Filter, _ error) {
	var ok bool
	if user := r.Query("user"); user != "" {
		if f.UserID, ok = id.ParseUserID(user); !ok {
			return f, problem.InField("user", "this is no id of a user")
		}
	}
	if actor := r.Query("actor"); actor != "" {
		if f.Actor, ok = ParseActor(actor); !ok {
			return f, problem.InField("actor", "an actor is the id of an API key or of a user, or cli, or system")
		}
	}
	if f.Action = Action(r.Query("action")); f.Action != "" && !slices.Contains(Actions(), f.Action) {
		return f, problem.InField("action", "there is no such action")
	}
	return f, nil
}
