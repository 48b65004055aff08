package session

import (
	"bytes"
	"encoding/binary"
	"time"
)

// Sizes of a kept session key, in bytes. The length is fixed, so that "the
// newest three" is one expression in any database.
const (
	keyFingerprintSize = 16
	keySealedSize      = 57 // seal's overhead of 33 and the 24 characters of a session_key
	// KeyRecordSize is fingerprint ‖ Unix milliseconds ‖ sealed key.
	KeyRecordSize = keyFingerprintSize + 8 + keySealedSize
	// KeysKept is how many session keys of an identity are kept: logins race
	// and WeChat rotates, so data may have been sealed under an older one.
	KeysKept = 3
)

// KeyRecord is a sealed session_key with its fingerprint (a keyed hash, which
// tells whether two are the same) and the time it was received.
type KeyRecord [KeyRecordSize]byte

func newKeyRecord(fingerprint [keyFingerprintSize]byte, at time.Time, sealed [keySealedSize]byte) KeyRecord {
	var r KeyRecord
	copy(r[:], fingerprint[:])
	binary.BigEndian.PutUint64(r[keyFingerprintSize:], uint64(at.UnixMilli()))
	copy(r[keyFingerprintSize+8:], sealed[:])
	return r
}

// PushKey puts a key in front of those held and drops what is beyond KeysKept.
// A key that is held already moves to the front as it stands, and pushes none
// out.
func PushKey(held []byte, key KeyRecord) []byte {
	out := make([]byte, 0, KeysKept*KeyRecordSize)
	first := key[:]
	for rec := range records(held) {
		if bytes.Equal(rec[:keyFingerprintSize], key[:keyFingerprintSize]) {
			first = rec
			break
		}
	}
	out = append(out, first...)
	for rec := range records(held) {
		if len(out) == KeysKept*KeyRecordSize {
			break
		}
		if !bytes.Equal(rec[:keyFingerprintSize], key[:keyFingerprintSize]) {
			out = append(out, rec...)
		}
	}
	return out
}

// KeysReceived is when each of the keys held was received, the newest first.
func KeysReceived(held []byte) []time.Time {
	list := []time.Time{}
	for rec := range records(held) {
		list = append(list, time.UnixMilli(int64(binary.BigEndian.Uint64(rec[keyFingerprintSize:]))).UTC())
	}
	return list
}

// KeyName is what a record keeps however its key is sealed.
func KeyName(record []byte) []byte { return record[:keyFingerprintSize+8] }

// records yields the whole records of held, newest first.
func records(held []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for ; len(held) >= KeyRecordSize; held = held[KeyRecordSize:] {
			if !yield(held[:KeyRecordSize]) {
				return
			}
		}
	}
}
