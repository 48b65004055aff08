package store_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/session"
	"github.com/hufu-id/hufu/internal/store"
	"github.com/hufu-id/hufu/internal/store/storetest"
)

// townsfolk is how many people there are: so many that their rows fill more than
// one page, and that PostgreSQL keeps values of theirs in its statistics.
const townsfolk = 150

// town is full of people with every kind of data, each with values that nobody
// else has.
type town struct {
	store    *store.DB
	book     *identity.PhoneBook
	users    [townsfolk]id.UserID
	sessions [townsfolk]id.SessionID // in the first of two apps
}

func fillTown(t *testing.T, db *store.DB) *town {
	t.Helper()
	master, err := seal.NewMasterKey()
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.New(master)
	if err != nil {
		t.Fatal(err)
	}
	w := &town{store: db, book: identity.NewPhoneBook(sealer, random(32))}
	var wg sync.WaitGroup
	const hands = 8
	for hand := range hands {
		wg.Go(func() {
			for n := hand; n < townsfolk; n += hands {
				if err := w.settle(t.Context(), n); err != nil {
					t.Errorf("person %d: %v", n, err)
				}
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return w
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// settle makes a person in two apps.
func (w *town) settle(ctx context.Context, n int) error {
	union := id.UnionID(rand.Text())
	other, err := w.logIn(ctx, "wxbbbbbbbbbbbbbbbb", id.OpenID("o"+rand.Text()), union, n)
	if err != nil {
		return err
	}
	l, err := w.logIn(ctx, "wxaaaaaaaaaaaaaaaa", id.OpenID("o"+rand.Text()), union, n)
	if err != nil {
		return err
	}
	w.users[n], w.sessions[n] = other.NewUserID, l.SessionID
	phone, err := identity.NewPhone("86", fmt.Sprintf("139%08d", n), fmt.Sprintf("139%08d", n))
	if err != nil {
		return err
	}
	held, err := w.book.Seal(w.users[n], phone)
	if err != nil {
		return err
	}
	if err := w.store.RecordPhone(ctx, session.PhoneRecord{AppID: l.AppID, OpenID: l.OpenID, At: l.At, Phone: held, CodeHash: random(32)}); err != nil {
		return err
	}
	return w.dress(ctx, n)
}

func (w *town) logIn(ctx context.Context, appid id.AppID, openid id.OpenID, union id.UnionID, n int) (session.Login, error) {
	l := lawLogin(appid, openid, union, lawDay.Add(time.Duration(n)*time.Second))
	copy(l.Key[:], random(len(l.Key)))
	copy(l.Salt[:], random(len(l.Salt)))
	l.Device = fmt.Appendf(nil, `{"model":"%s"}`, rand.Text())
	l.Replay = session.Replay{CodeHash: [16]byte(random(16)), KeyHash: random(16), BodyHash: random(16)}
	if _, err := w.store.RecordLogin(ctx, l); err != nil {
		return l, err
	}
	if err := storetest.Rotate(ctx, w.store, l.SessionID, session.Rotation{From: 1, At: l.At, ExpiresAt: l.ExpiresAt, RotationKey: random(16)}); err != nil {
		return l, err
	}
	consent := session.Consent{PolicyVersion: rand.Text(), AgreedAt: l.At}
	return l, w.store.RecordConsent(ctx, session.ConsentRecord{AppID: appid, OpenID: openid, Consent: consent, RecordedAt: l.At})
}

// dress gives a person a new profile, with a picture of several pages.
func (w *town) dress(ctx context.Context, n int) error {
	nickname, external := "昵称"+rand.Text(), rand.Text()
	if err := w.store.ChangeAccount(ctx, w.users[n], identity.AccountChange{Nickname: &nickname, ExternalID: &external}); err != nil {
		return err
	}
	picture := identity.Avatar{ID: rand.Text(), UserID: w.users[n], CreatedAt: lawDay, Type: "image/jpeg", Data: random(20_000)}
	return w.store.PutAvatar(ctx, picture, "https://example.com/"+rand.Text())
}
