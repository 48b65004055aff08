package config

import (
	"fmt"
	"time"
)

const (
	day = 24 * time.Hour
	// usualLoginRecords is the six months of China's Cybersecurity Law, and a
	// few days.
	usualLoginRecords = 190 * day
	// lawfulLogs are those six months.
	lawfulLogs = 180 * day
)

// retention checks the clocks. A session that still can be refreshed, or a login
// that still can be repeated, must not be forgotten: its record is itself.
func (r *resolver) retention(f *File) {
	least := time.Duration(f.Session.AbsoluteLife) + day
	r.out.LoginRecordsKept = max(usualLoginRecords, least)
	if f.Retention.LoginRecords != nil {
		const key = "retention.login_records"
		r.out.LoginRecordsKept = time.Duration(*f.Retention.LoginRecords)
		if r.out.LoginRecordsKept < least {
			r.fault(key, "must be a day longer than session.absolute_life, %s at least: a session whose record is forgotten is no session any more", inDays(least))
		}
		r.logsOfTheLaw(key, r.out.LoginRecordsKept)
	}
	const key = "retention.audit"
	r.out.AuditKept = r.positive(key, f.Retention.Audit)
	r.logsOfTheLaw(key, r.out.AuditKept)
	r.reads(time.Duration(f.Retention.Reads))
}

func (r *resolver) reads(kept time.Duration) {
	const key = "retention.reads"
	r.out.ReadsKept, r.out.NoReadRecords = kept, kept == 0
	switch {
	case kept == 0:
		r.warn("%s is 0: which API key was shown whose data is not recorded, and what was recorded is forgotten", key)
	case kept < day: // a read is recorded once a day
		r.fault(key, "must be 1d at least; or 0, and reads are not recorded")
	}
	r.logsOfTheLaw(key, kept)
}

// logsOfTheLaw warns of logs that go too early for China; who serves another
// country knows better.
func (r *resolver) logsOfTheLaw(key string, kept time.Duration) {
	if kept > 0 && kept < lawfulLogs {
		r.warn("%s is shorter than 180d: China's Cybersecurity Law wants network logs for six months", key)
	}
}

// inDays writes a duration as a configuration has it.
func inDays(d time.Duration) string {
	if d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	return d.String()
}
