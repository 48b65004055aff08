package wxcrypto

import "errors"

// The classes of refusal. An error of this package is one of them for
// errors.Is, and has exactly its text: what a caller answers with cannot tell
// more than the class. ReasonOf tells the rest, for logs.
var (
	// ErrSessionKey: what should be a session_key is none.
	ErrSessionKey = errors.New("not a session_key: it wants 24 characters of base64, for 16 bytes")
	// ErrMalformed: encryptedData or iv cannot be WeChat's, whatever the key.
	// Found without the key, so another key does not help.
	ErrMalformed = errors.New("encrypted data or iv is damaged")
	// ErrDecrypt: the data does not open under this key, or does not hold what
	// was asked of it. Everything that is found after decryption is this one, so
	// that nobody can use an answer as a padding oracle.
	ErrDecrypt = errors.New("user data does not decrypt under this session key")
	// ErrWatermark: the data opened, and is of another app or person, too old, or
	// from the future.
	ErrWatermark = errors.New("user data is not of this app, person and time")
)

// Reason tells precisely why something was refused. It is a constant word: no
// part of the data, the key or an id is in it. It is for logs, never for an
// answer: to who sent the data it would be a padding oracle.
type Reason string

// Reasons of ErrMalformed.
const (
	ReasonIVLength   Reason = "iv_length"
	ReasonIVBase64   Reason = "iv_base64"
	ReasonDataLength Reason = "data_length"
	ReasonDataBase64 Reason = "data_base64"
	ReasonDataBlocks Reason = "data_not_whole_blocks"
)

// Reasons of ErrDecrypt. A wrong key mostly shows as ReasonPadding, one in 256
// times as ReasonUTF8 or ReasonJSON.
const (
	ReasonNoKey        Reason = "no_session_key"
	ReasonPadding      Reason = "padding"
	ReasonUTF8         Reason = "not_utf8"
	ReasonJSON         Reason = "not_json"
	ReasonNotObject    Reason = "not_one_json_object"
	ReasonSurrogate    Reason = "lone_surrogate"
	ReasonDuplicateKey Reason = "duplicate_key"
	ReasonDepth        Reason = "too_deep"
	ReasonShape        Reason = "unexpected_shape" // JSON, but a field is missing or of another type
)

// Reasons of ErrWatermark.
const (
	ReasonNoWatermark Reason = "no_watermark"
	ReasonExpected    Reason = "nothing_expected" // the caller's fault: see Expected
	ReasonAppID       Reason = "foreign_appid"
	ReasonTooOld      Reason = "too_old"
	ReasonFuture      Reason = "from_the_future"
	ReasonOpenID      Reason = "foreign_openid"
	ReasonUnionID     Reason = "foreign_unionid"
)

// ReasonOf returns the reason of an error of this package, wherever it was
// wrapped; "" of any other.
func ReasonOf(err error) Reason {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.reason
	}
	return ""
}

type refusal struct {
	class  error
	reason Reason
}

func malformed(reason Reason) error   { return &refusal{ErrMalformed, reason} }
func undecrypted(reason Reason) error { return &refusal{ErrDecrypt, reason} }
func foreign(reason Reason) error     { return &refusal{ErrWatermark, reason} }

func (r *refusal) Error() string { return r.class.Error() }
func (r *refusal) Unwrap() error { return r.class }

// GoString keeps %#v from telling more than the class.
func (r *refusal) GoString() string { return r.class.Error() }
