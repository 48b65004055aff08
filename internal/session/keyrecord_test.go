package session

import (
	"bytes"
	"testing"
	"time"
)

func record(n byte) KeyRecord {
	return newKeyRecord([keyFingerprintSize]byte{n}, time.UnixMilli(int64(n)), [keySealedSize]byte{n})
}

func TestPushKey(t *testing.T) {
	t.Parallel()
	join := func(ns ...byte) (out []byte) {
		for _, n := range ns {
			r := record(n)
			out = append(out, r[:]...)
		}
		return out
	}
	tests := map[string]struct {
		held []byte
		key  byte
		want []byte
	}{
		"First":              {nil, 1, join(1)},
		"NewGoesToTheFront":  {join(1), 2, join(2, 1)},
		"TheFourthIsDropped": {join(3, 2, 1), 4, join(4, 3, 2)},
		"UnchangedStays":     {join(3, 2, 1), 3, join(3, 2, 1)},
		"SecondMovesUp":      {join(3, 2, 1), 2, join(2, 3, 1)},
		"ThirdMovesUp":       {join(3, 2, 1), 1, join(1, 3, 2)},
		"DamagedTailIsCut":   {join(2, 1)[:100], 3, join(3, 2)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := PushKey(tt.held, record(tt.key)); !bytes.Equal(got, tt.want) {
				t.Fatalf("got %d bytes %x, want %d", len(got), got, len(tt.want))
			}
		})
	}
}
