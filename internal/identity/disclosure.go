package identity

import (
	"cmp"
	"context"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/web"
)

// actor is who calls, for the audit.
func actor(r *web.Request) audit.Actor { return audit.Key(r.Key().ID) }

// answer shows an account.
func (a *ServerAPI) answer(ctx context.Context, r *web.Request, account Account, err error) (ServerUser, error) {
	if err != nil {
		return ServerUser{}, err
	}
	if err := a.Reads.Users(ctx, actor(r), r.Key().AppIDs, account.User.ID); err != nil {
		return ServerUser{}, err
	}
	users, err := a.show(ctx, r, account)
	if err != nil {
		return ServerUser{}, err
	}
	return users[0], nil
}

// page shows a page of accounts. It begins after one user, and next is where the
// page after it does; empty at the end.
func (a *ServerAPI) page(ctx context.Context, r *web.Request, after, next id.UserID, accounts []Account) ([]ServerUser, error) {
	if n := len(accounts); n > 0 {
		err := a.Reads.Page(ctx, audit.Listing{
			Actor: actor(r), Apps: r.Key().AppIDs, Count: n,
			After: after, First: accounts[0].User.ID, Last: cmp.Or(next, accounts[n-1].User.ID),
		})
		if err != nil {
			return nil, err
		}
	}
	return a.show(ctx, r, accounts...)
}

// show shows accounts, with whole phone numbers to a key that may see them. Whose
// it sees is kept in the audit before it sees them, so that nothing is shown that
// could not be written down.
func (a *ServerAPI) show(ctx context.Context, r *web.Request, accounts ...Account) ([]ServerUser, error) {
	users := make([]ServerUser, len(accounts))
	var shown []id.UserID
	for i := range accounts {
		users[i] = newServerUser(&accounts[i])
		if !r.Key().HasScope(a.PhoneScope) {
			continue
		}
		phone, ok, err := a.Directory.Phone(&accounts[i])
		if err != nil {
			return nil, err
		}
		if ok {
			whole := phone.E164()
			users[i].PhoneNumber, shown = &whole, append(shown, accounts[i].User.ID)
		}
	}
	if len(shown) == 0 {
		return users, nil
	}
	entry := audit.New(a.Directory.Now(), actor(r), audit.PhoneShown)
	if len(accounts) == 1 {
		entry.UserID = shown[0]
	} else {
		entry.Details = audit.Details{Count: len(shown), Users: shown}
	}
	return users, a.Directory.Store.AppendAudit(ctx, entry)
}

// lookupPhone finds who has a phone number. That somebody asked is kept in the
// audit, also if nobody has it: who tries numbers shall be seen.
func (a *ServerAPI) lookupPhone(ctx context.Context, r *web.Request, number string) (ServerUser, error) {
	account, err := a.Directory.FindByPhone(ctx, number, r.Key().For)
	if err != nil && problem.CodeOf(err) != problem.NotFound {
		return ServerUser{}, err
	}
	entry := audit.New(a.Directory.Now(), actor(r), audit.PhoneLookedUp)
	if err == nil {
		entry.UserID = account.User.ID
	}
	if told := a.Directory.Store.AppendAudit(ctx, entry); told != nil {
		return ServerUser{}, told
	}
	return a.answer(ctx, r, account, err)
}
