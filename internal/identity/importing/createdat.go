package importing

import (
	"strconv"
	"time"
)

const (
	// wechatBegan is before anybody can have had an openid: WeChat came out in
	// January 2011.
	wechatBegan = 2011
	// clockSkew is how far the clocks of two machines may be apart.
	clockSkew = 5 * time.Minute
)

// layouts are how tables write a time without its zone: databases, then
// spreadsheets.
func layouts() []string {
	return []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02", "2006/1/2 15:04:05", "2006/1/2 15:04", "2006/1/2"}
}

// createdAt reads a time: RFC 3339, or one of the layouts in the zone of the
// judge, or Unix seconds or milliseconds.
func (j *judge) createdAt(text string) (time.Time, *Reject) {
	at, ok := j.parseTime(text)
	switch {
	case !ok:
		return at, reject(InvalidCreatedAt, "this is no time: write 2024-05-01T08:00:00+08:00, or 2024-05-01 08:00:00, or Unix seconds or milliseconds")
	case at.Year() < wechatBegan:
		return at, reject(InvalidCreatedAt, "this time is before there was WeChat")
	case at.After(j.now().Add(clockSkew)):
		return at, reject(InvalidCreatedAt, "this time is in the future: is --timezone right?")
	}
	return at.UTC().Truncate(time.Millisecond), nil
}

func (j *judge) parseTime(text string) (time.Time, bool) {
	if number, err := strconv.ParseInt(text, 10, 64); err == nil {
		switch len(text) {
		case 10:
			return time.Unix(number, 0).UTC(), true
		case 13:
			return time.UnixMilli(number).UTC(), true
		}
		return time.Time{}, false
	}
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return at, true
	}
	for _, layout := range layouts() {
		if at, err := time.ParseInLocation(layout, text, j.zone); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// Zone finds a time zone by its name. The one that most need is known on
// machines without a database of zones: in mainland China no clock was changed
// since 2011.
func Zone(name string) (*time.Location, error) {
	if name == "Asia/Shanghai" {
		return time.FixedZone("CST", 8*60*60), nil
	}
	return time.LoadLocation(name)
}
