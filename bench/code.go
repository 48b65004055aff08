package main

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// codeLength is that of WeChat's codes.
const codeLength = 32

// loginCode tells the stub all that it answers, so that the stub keeps nothing.
// As text: 'u' or 'p', the delay in three digits, twelve hexadecimal digits of
// the person, sixteen of a number that makes the code the only one of its kind.
type loginCode struct {
	person uint64 // below 1<<48
	nonce  uint64
	delay  time.Duration // whole milliseconds, below one second
	union  bool          // whether WeChat tells a unionid
}

func (c loginCode) append(dst []byte) []byte {
	kind := byte('p')
	if c.union {
		kind = 'u'
	}
	ms := c.delay.Milliseconds()
	dst = append(dst, kind, '0'+byte(ms/100%10), '0'+byte(ms/10%10), '0'+byte(ms%10))
	dst = appendHex(dst, c.person, 12)
	return appendHex(dst, c.nonce, 16)
}

func appendHex(dst []byte, v uint64, digits int) []byte {
	const hex = "0123456789abcdef"
	for i := digits - 1; i >= 0; i-- {
		dst = append(dst, hex[v>>(4*i)&15])
	}
	return dst
}

var errCode = errors.New("not a code of this benchmark")

func parseLoginCode(s string) (loginCode, error) {
	if len(s) != codeLength || (s[0] != 'u' && s[0] != 'p') {
		return loginCode{}, errCode
	}
	ms, err := strconv.ParseUint(s[1:4], 10, 16)
	if err != nil {
		return loginCode{}, errCode
	}
	person, err := strconv.ParseUint(s[4:16], 16, 64)
	if err != nil {
		return loginCode{}, errCode
	}
	nonce, err := strconv.ParseUint(s[16:], 16, 64)
	if err != nil {
		return loginCode{}, errCode
	}
	return loginCode{person: person, nonce: nonce, delay: time.Duration(ms) * time.Millisecond, union: s[0] == 'u'}, nil
}

// wechatID is an openid or unionid as WeChat makes them: 28 characters, begun by
// the letter, in no order whatever.
func wechatID(letter byte, person uint64) string {
	var raw [24]byte
	seed := person ^ uint64(letter)<<56
	for i := range 3 {
		seed += 0x9e3779b97f4a7c15
		binary.LittleEndian.PutUint64(raw[8*i:], mix(seed))
	}
	return string(letter) + base64.RawURLEncoding.EncodeToString(raw[:])[:27]
}

// mix is the finalizer of SplitMix64.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func openIDOf(person uint64) string  { return wechatID('o', person) }
func unionIDOf(person uint64) string { return wechatID('u', person) }

// sessionKeyOf is the same for a person each time, as WeChat's is while it is
// valid.
func sessionKeyOf(person uint64) string {
	var raw [16]byte
	binary.LittleEndian.PutUint64(raw[:8], mix(person))
	binary.LittleEndian.PutUint64(raw[8:], mix(^person))
	return base64.StdEncoding.EncodeToString(raw[:])
}

// answer is what jscode2session says to the code.
func (c loginCode) answer() string {
	if c.union {
		return fmt.Sprintf(`{"session_key":%q,"openid":%q,"unionid":%q}`, sessionKeyOf(c.person), openIDOf(c.person), unionIDOf(c.person))
	}
	return `{"session_key":"` + sessionKeyOf(c.person) + `","openid":"` + openIDOf(c.person) + `"}`
}
