package importing

import (
	"slices"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
)

// outcome is what becomes of a row.
type outcome int

const (
	unchanged outcome = iota
	filled
	linked
	made
	rejected
)

func (c *Counts) add(o outcome) {
	switch o {
	case made:
		c.Made++
	case linked:
		c.Linked++
	case filled:
		c.Filled++
	case unchanged:
		c.Unchanged++
	case rejected:
		c.Rejected++
	}
}

func unionIDTakenHere() *Reject {
	return reject(UnionIDTaken, "the unionid belongs to another openid of this app: in one app, a person has one of each")
}

func externalIDTaken() *Reject {
	return reject(ExternalIDTaken, "the external_id belongs to somebody else")
}

// sealPhone makes what is stored of a number; nil where nothing is.
type sealPhone func(user id.UserID, phone *identity.Phone) (*identity.HeldPhone, error)

// plan decides for one entry after the other, each as if those before it were
// written. It owns held.
type plan struct {
	held    Held
	account id.OpenAccount
	now     time.Time
	seal    sealPhone
	changes Changes
}

// entry decides about one. A rejected entry changes nothing.
func (p *plan) entry(e *Entry) (outcome, *Reject, error) {
	if known, ok := p.held.Identities[e.OpenID]; ok {
		return p.known(e, known)
	}
	claim := e.UnionID != "" && p.account != ""
	if owner, ok := p.held.Unions[e.UnionID]; ok && claim {
		if _, here := p.held.InApp[owner]; here {
			return rejected, unionIDTakenHere(), nil
		}
		if bad := p.externalID(e, owner, p.held.Users[owner].ExternalID); bad != nil {
			return rejected, bad, nil
		}
		if _, err := p.fill(e, owner); err != nil {
			return rejected, nil, err
		}
		p.identity(e, owner)
		return linked, nil, nil
	}
	user := id.NewUserID(p.now)
	if bad := p.externalID(e, user, ""); bad != nil {
		return rejected, bad, nil
	}
	phone, err := p.seal(user, e.Phone)
	if err != nil {
		return rejected, nil, err
	}
	p.changes.Users = append(p.changes.Users, NewUser{user, p.since(e), e.Nickname, e.ExternalID, phone})
	p.held.Users[user] = &HeldUser{e.Nickname != "", e.Phone != nil, e.ExternalID}
	if e.ExternalID != "" {
		p.held.Externals[e.ExternalID] = user
	}
	if claim {
		p.claim(e.UnionID, user)
	}
	p.identity(e, user)
	return made, nil, nil
}

// known decides about somebody whom the app knows.
func (p *plan) known(e *Entry, known HeldIdentity) (outcome, *Reject, error) {
	if e.UnionID != "" && known.UnionID != "" && e.UnionID != known.UnionID {
		return rejected, reject(UnionIDDiffers, "hufu knows another unionid of this openid"), nil
	}
	promote := e.UnionID != "" && known.UnionID == ""
	owner, claimed := p.held.Unions[e.UnionID]
	if promote && claimed && owner != known.UserID {
		// Only WeChat may say that two users are one person.
		return rejected, reject(UnionIDTaken, "the unionid belongs to another user: hufu joins the two when WeChat says so, at a login"), nil
	}
	if bad := p.externalID(e, known.UserID, p.held.Users[known.UserID].ExternalID); bad != nil {
		return rejected, bad, nil
	}
	out, err := p.fill(e, known.UserID)
	if err != nil || !promote {
		return out, nil, err
	}
	if p.account != "" && !claimed {
		p.claim(e.UnionID, known.UserID)
	}
	p.changes.Unions = append(p.changes.Unions, Union{e.OpenID, e.UnionID})
	p.held.Identities[e.OpenID] = HeldIdentity{known.UserID, e.UnionID}
	p.held.InApp[known.UserID] = e.OpenID
	return filled, nil, nil
}

// externalID judges the external_id for a user who has held, or none.
func (p *plan) externalID(e *Entry, user id.UserID, held string) *Reject {
	owner, taken := p.held.Externals[e.ExternalID]
	switch {
	case e.ExternalID == "" || e.ExternalID == held:
		return nil
	case taken && owner != user:
		return externalIDTaken()
	case taken: // it came with somebody who was merged into this user
		return nil
	case held != "":
		return reject(ExternalIDDiffers, "hufu knows this person by another external_id")
	}
	return nil
}

// fill fills what is empty of a user.
func (p *plan) fill(e *Entry, user id.UserID) (outcome, error) {
	held, f, some := p.held.Users[user], Fill{UserID: user}, false
	if e.Nickname != "" && !held.HasNickname {
		f.Nickname, held.HasNickname, some = e.Nickname, true, true
	}
	if _, taken := p.held.Externals[e.ExternalID]; e.ExternalID != "" && held.ExternalID == "" && !taken {
		f.ExternalID, held.ExternalID, some = e.ExternalID, e.ExternalID, true
		p.held.Externals[e.ExternalID] = user
	}
	if e.Phone != nil && !held.HasPhone {
		phone, err := p.seal(user, e.Phone)
		if err != nil {
			return rejected, err
		}
		f.Phone, held.HasPhone, some = phone, true, true
	}
	if !some {
		return unchanged, nil
	}
	p.changes.Fills = append(p.changes.Fills, f)
	return filled, nil
}

func (p *plan) claim(union id.UnionID, user id.UserID) {
	p.changes.Claims = append(p.changes.Claims, Claim{union, user})
	p.held.Unions[union] = user
}

func (p *plan) identity(e *Entry, user id.UserID) {
	p.changes.Identities = append(p.changes.Identities, NewIdentity{e.OpenID, user, e.UnionID, p.since(e)})
	p.held.Identities[e.OpenID] = HeldIdentity{user, e.UnionID}
	p.held.InApp[user] = e.OpenID
}

// since is since when somebody new is known.
func (p *plan) since(e *Entry) time.Time {
	if e.CreatedAt.IsZero() {
		return p.now
	}
	return e.CreatedAt
}

// keysOf are by what entries are looked for.
func keysOf(appid id.AppID, account id.OpenAccount, entries []Entry) Keys {
	k := Keys{AppID: appid, OpenAccount: account}
	for i := range entries {
		e := &entries[i]
		k.OpenIDs = append(k.OpenIDs, e.OpenID)
		if e.UnionID != "" && account != "" {
			k.UnionIDs = append(k.UnionIDs, e.UnionID)
		}
		if e.ExternalID != "" {
			k.ExternalIDs = append(k.ExternalIDs, e.ExternalID)
		}
	}
	k.OpenIDs, k.UnionIDs, k.ExternalIDs = once(k.OpenIDs), once(k.UnionIDs), once(k.ExternalIDs)
	return k
}

func once[T ~string](list []T) []T {
	slices.Sort(list)
	return slices.Compact(list)
}
