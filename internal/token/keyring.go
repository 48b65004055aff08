package token

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hufu-id/hufu/internal/seal"
)

// Defaults of KeyringConfig.
const (
	DefaultLead   = 10 * time.Minute
	DefaultMaxAge = 90 * 24 * time.Hour
	// DefaultLife is how long an access token lives.
	DefaultLife = 15 * time.Minute
	// DefaultRefreshLife is the longest life of a session, and so of the
	// refresh tokens that a retired refresh key has made.
	DefaultRefreshLife = 180 * 24 * time.Hour

	// skew is how far a verifier's clock may lag behind ours.
	skew = 5 * time.Minute
	// reloadEvery is how soon a replica learns of a key another one made.
	reloadEvery = 15 * time.Second
	// settle is the shortest time after which a new key may sign: every replica
	// has had two chances to learn of it, so that none refuses what was made
	// with it, and all agree on which key was active at any time gone by.
	settle = 2 * reloadEvery
)

// signingKeyPurpose binds sealed keys to being one.
const signingKeyPurpose = "signing_key"

// secretSize is the length of a symmetric key in bytes.
const secretSize = 32

// KeyringConfig configures a Keyring. Store and Sealer are required.
type KeyringConfig struct {
	Store  Store
	Sealer *seal.Sealer
	// Lead is how long a new key is published before it signs, so that every
	// replica and every cached JWKS knows it by then. Default: DefaultLead.
	Lead time.Duration
	// MaxAge is the age at which a signing key is replaced. Default:
	// DefaultMaxAge; negative: never.
	MaxAge time.Duration
	// Life and RefreshLife are the longest lives of what the keys sign: a
	// replaced key stays for that long. Defaults: DefaultLife, DefaultRefreshLife.
	Life        time.Duration
	RefreshLife time.Duration
	// Later names uses whose first key is made by Run, not by OpenKeyring: an
	// RSA key takes up to 200 ms, for which a first start need not wait where no
	// app signs with RS256. Until then, making anything with it is an error.
	Later  []Use
	Now    func() time.Time // default: time.Now
	Logger *slog.Logger     // default: discards
}

// Keyring holds the keys, in memory and in the store, and replaces them. It is
// safe for concurrent use, by any number of replicas.
type Keyring struct {
	cfg   KeyringConfig
	state atomic.Pointer[keys]
	mu    sync.Mutex // one reload at a time
}

// key is a key that is ready to be used.
type key struct {
	StoredKey
	kid     string
	private any // *ecdsa.PrivateKey, *rsa.PrivateKey or []byte
	public  any // what verifies; nil for a symmetric key
	// headers are the JWS headers of the key's tokens by type, in base64url;
	// nil for a symmetric key.
	headers map[Type]string
}

// keys is one state of the ring: never changed, only replaced.
type keys struct {
	byUse map[Use][]*key // by seq, ascending
	byKID map[string]*key
	// byHeader finds a signing key by each JWS header it writes, as it stands
	// in a token.
	byHeader map[string]*key
	jwks     document
}

// uses lists every use, and whether age replaces its keys. A replay key that
// changed would lose the replays of that moment, a fingerprint key the sameness
// of session keys, and neither signs anything that leaves the house.
var uses = []struct {
	use     Use
	rotates bool
}{{ES256, true}, {RS256, true}, {Refresh, true}, {Replay, false}, {Fingerprint, false}}

// OpenKeyring loads the keys from the store and makes those that are missing.
func OpenKeyring(ctx context.Context, cfg KeyringConfig) (*Keyring, error) {
	cfg.Lead = cmp.Or(cfg.Lead, DefaultLead)
	cfg.MaxAge = cmp.Or(cfg.MaxAge, DefaultMaxAge)
	cfg.Life = cmp.Or(cfg.Life, DefaultLife)
	cfg.RefreshLife = cmp.Or(cfg.RefreshLife, DefaultRefreshLife)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	k := &Keyring{cfg: cfg}
	if err := k.Reload(ctx); err != nil {
		return nil, err
	}
	if err := k.makeMissing(ctx, cfg.Later); err != nil {
		return nil, err
	}
	return k, nil
}

// makeMissing makes the first key of each use that has none, but for those in
// except. Where another replica does so at the same time, its key is taken.
func (k *Keyring) makeMissing(ctx context.Context, except []Use) error {
	state, reload := k.state.Load(), false
	for _, u := range uses {
		if len(state.byUse[u.use]) > 0 || slices.Contains(except, u.use) {
			continue
		}
		if err := k.insert(ctx, u.use, 1, k.cfg.Now()); err != nil && !errors.Is(err, ErrConflict) {
			return err
		}
		reload = true
	}
	if !reload {
		return nil
	}
	return k.Reload(ctx)
}

// Reload takes the keys from the store. If it can't take every one of them, it
// takes none, and those held stay in use.
func (k *Keyring) Reload(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	stored, err := k.cfg.Store.SigningKeys(ctx)
	if err != nil {
		return fmt.Errorf("load keys: %w", err)
	}
	var known map[string]*key
	if old := k.state.Load(); old != nil {
		known = old.byKID
	}
	next := &keys{byUse: map[Use][]*key{}, byKID: map[string]*key{}, byHeader: map[string]*key{}}
	for _, s := range stored {
		ready, err := k.open(s, known)
		if err != nil {
			return err
		}
		next.byUse[s.Use] = append(next.byUse[s.Use], ready)
		next.byKID[ready.kid] = ready
		for _, header := range ready.headers {
			next.byHeader[header] = ready
		}
	}
	for _, list := range next.byUse {
		slices.SortFunc(list, func(a, b *key) int { return cmp.Compare(a.Seq, b.Seq) })
	}
	if next.jwks, err = marshalJWKS(next); err != nil {
		return err
	}
	k.state.Store(next)
	return nil
}

// open makes a stored key usable; one that is open already is kept.
func (k *Keyring) open(s StoredKey, known map[string]*key) (*key, error) {
	for _, old := range known {
		if old.Use == s.Use && old.Seq == s.Seq && old.ActiveFrom.Equal(s.ActiveFrom) && slices.Equal(old.Sealed, s.Sealed) {
			return old, nil
		}
	}
	plain, err := k.cfg.Sealer.Open(s.Sealed, signingKeyPurpose, string(s.Use), strconv.FormatInt(s.Seq, 10))
	if err != nil {
		return nil, fmt.Errorf("key %s/%d: %w", s.Use, s.Seq, err)
	}
	out := &key{StoredKey: s}
	switch s.Use {
	case ES256, RS256:
		if out.private, out.public, err = parsePrivate(s.Use, plain); err != nil {
			return nil, fmt.Errorf("key %s/%d: %w", s.Use, s.Seq, err)
		}
		if out.kid, err = thumbprint(out.public); err != nil {
			return nil, fmt.Errorf("key %s/%d: %w", s.Use, s.Seq, err)
		}
		out.headers = jwtHeaders(s.Use, out.kid)
	default:
		if len(plain) != secretSize {
			return nil, fmt.Errorf("key %s/%d is damaged: it has %d bytes", s.Use, s.Seq, len(plain))
		}
		out.private = plain
		out.kid = symmetricID(s.Use, s.Seq)
	}
	return out, nil
}

// ResealKey seals the secret part of a stored key anew under the primary master
// key; changed says whether that had to be done. The error is seal.ErrOpen.
func ResealKey(sealer *seal.Sealer, use Use, seq int64, sealed []byte) (out []byte, changed bool, err error) {
	return sealer.Reseal(sealed, signingKeyPurpose, string(use), strconv.FormatInt(seq, 10))
}

// parsePrivate reads a PKCS #8 key, which must be of the kind that use wants.
// Errors tell nothing of its content.
func parsePrivate(use Use, der []byte) (private, public any, err error) {
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, nil, errors.New("damaged: it is no PKCS #8")
	}
	switch p := parsed.(type) {
	case *ecdsa.PrivateKey:
		if use == ES256 && p.Curve == elliptic.P256() {
			return p, &p.PublicKey, nil
		}
	case *rsa.PrivateKey:
		if use == RS256 {
			return p, &p.PublicKey, nil
		}
	}
	return nil, nil, errors.New("damaged: it is a key for another algorithm")
}

func symmetricID(use Use, seq int64) string { return string(use) + "/" + strconv.FormatInt(seq, 10) }

// insert makes a key and stores it sealed.
func (k *Keyring) insert(ctx context.Context, use Use, seq int64, activeFrom time.Time) error {
	private, err := generate(use)
	if err != nil {
		return fmt.Errorf("make %s key: %w", use, err)
	}
	sealed, err := k.cfg.Sealer.Seal(private, signingKeyPurpose, string(use), strconv.FormatInt(seq, 10))
	if err != nil {
		return err
	}
	err = k.cfg.Store.InsertSigningKey(ctx, StoredKey{
		Use: use, Seq: seq, CreatedAt: millis(k.cfg.Now()), ActiveFrom: millis(activeFrom), Sealed: sealed,
	})
	if err != nil {
		return fmt.Errorf("store %s key: %w", use, err)
	}
	return nil
}

// generate makes the secret part of a key: PKCS #8, or 32 random bytes.
func generate(use Use) ([]byte, error) {
	switch use {
	case ES256:
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		return x509.MarshalPKCS8PrivateKey(private)
	case RS256:
		private, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, err
		}
		return x509.MarshalPKCS8PrivateKey(private)
	default:
		b := make([]byte, secretSize)
		_, _ = rand.Read(b) // never fails since Go 1.24
		return b, nil
	}
}

func millis(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// activeAt returns the key that makes things at t: the newest one active by
// then, else the oldest, for the first key of a use is needed at once.
func (s *keys) activeAt(use Use, t time.Time) *key {
	list := s.byUse[use]
	for _, candidate := range slices.Backward(list) {
		if !candidate.ActiveFrom.After(t) {
			return candidate
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// Secret returns the symmetric key of a use that makes things at t, and its
// number. The bytes must not be changed.
func (k *Keyring) Secret(use Use, t time.Time) (seq int64, secret []byte, err error) {
	active := k.state.Load().activeAt(use, t)
	if active == nil {
		return 0, nil, fmt.Errorf("there is no %s key", use)
	}
	b, ok := active.private.([]byte)
	if !ok {
		return 0, nil, fmt.Errorf("%s is no symmetric use", use)
	}
	return active.Seq, b, nil
}

// SecretByNumber returns a symmetric key by its number, also one that makes
// nothing any more; ok is false if there is none.
func (k *Keyring) SecretByNumber(use Use, seq int64) (secret []byte, ok bool) {
	found := k.state.Load().byKID[symmetricID(use, seq)]
	if found == nil {
		return nil, false
	}
	b, ok := found.private.([]byte)
	return b, ok
}
