package store

import "maps"

// Treatment says what the law makes of a column: whether a person gets it in
// the export of their data, and whether it goes when they are erased.
type Treatment struct {
	// Export is where the column stands in the export, as members with dots
	// between them, lists passed over. Withheld is why it stands nowhere.
	Export, Withheld string
	// Kept is why the row outlives the erasure; empty: it goes with the person.
	Kept string
	// Impersonal is why the column holds no personal data; nothing else is said
	// then.
	Impersonal string
}

// Reasons that several columns have.
const (
	keyedHash  = "a hash by a key of the server's, which tells the person nothing and others too much"
	ownSecret  = "the server's own secret, of which refresh tokens are made"
	counted    = "a sum that the server keeps; what it sums up is exported"
	accounting = "the record of who did what with personal data, by ids alone; it must be there to be shown (PIPL art. 51, 69), until retention.audit"
	readings   = "the record of who saw what, by ids alone, as the audit is, until retention.reads"
	tombstone  = "it shows that the erasure was done, and tells from a backup who must go again; it is an id, and nobody's any more"
	refusing   = "until the last access token of the session has expired, at most a day: the id alone, so that it is refused"
)

func export(path string) Treatment { return Treatment{Export: path} }

func withheld(why string) Treatment { return Treatment{Withheld: why} }

func kept(path, why string) Treatment { return Treatment{Export: path, Kept: why} }

// Treatments says it of every column, by table. What is missing here fails a
// test, as does what is said to be exported or erased and is not.
func Treatments() map[string]map[string]Treatment {
	all := whoTheyAre()
	maps.Copy(all, whatTheyDid())
	for _, table := range impersonal() {
		all[table.name] = map[string]Treatment{}
		for _, column := range table.columns {
			all[table.name][column] = Treatment{Impersonal: table.why}
		}
	}
	return all
}

func whoTheyAre() map[string]map[string]Treatment {
	return map[string]map[string]Treatment{
		"users": {
			"id": export("user.id"), "created_at": export("user.created_at"), "disabled_at": export("user.disabled_at"),
			"nickname": export("user.nickname"), "avatar_url": export("user.avatar_url"), "external_id": export("user.external_id"),
			"phone_masked": export("user.phone.masked"), "phone_sealed": export("user.phone.number"), "phone_hash": withheld(keyedHash),
			"phone_appid": export("user.phone.appid"), "phone_at": export("user.phone.received_at"),
			"merged_into": export("user.id"), "merged_at": export("merged_users.merged_at"),
		},
		"identities": {
			"appid": export("identities.appid"), "openid": export("identities.openid"), "user_id": export("user.id"),
			"open_account": export("identities.open_account"), "unionid": export("identities.unionid"),
			"created_at": export("identities.created_at"), "last_login_at": export("identities.last_login_at"),
			"open_sessions": withheld(counted), "sessions_until": withheld(counted),
			// Of the keys themselves, which are WeChat's secret, only that they came.
			"session_keys": export("identities.session_keys.received_at"), "session_key_stale_at": export("identities.session_keys.stale_at"),
		},
		"unions": {
			"open_account": export("unions.open_account"), "unionid": export("unions.unionid"), "user_id": export("user.id"),
		},
		"avatars": {
			"id": export("avatars.id"), "user_id": export("user.id"), "created_at": export("avatars.created_at"),
			"type": export("avatars.type"), "data": export("avatars.data"),
		},
		"consents": {
			"appid": export("identities.appid"), "openid": export("identities.openid"), "policy_version": export("identities.consents.policy_version"),
			"agreed_at": export("identities.consents.agreed_at"), "recorded_at": export("identities.consents.recorded_at"),
		},
		"merges": {
			"id": export("merges.id"), "state": export("merges.state"), "reason": export("merges.reason"),
			"open_account": export("merges.open_account"), "first_user": export("merges.user_ids"), "second_user": export("merges.user_ids"),
			"survivor": export("merges.survivor"), "created_at": export("merges.created_at"), "decided_at": export("merges.decided_at"),
			"decided_by": export("merges.decided_by"),
		},
	}
}

func whatTheyDid() map[string]map[string]Treatment {
	return map[string]map[string]Treatment{
		"sessions": {
			"id": export("sessions.id"), "appid": export("sessions.appid"), "openid": export("sessions.openid"),
			"created_at": export("sessions.created_at"), "last_used_at": export("sessions.last_used_at"),
			"expires_at": export("sessions.expires_at"), "ends_at": export("sessions.ends_at"), "ended_at": export("sessions.ended_at"),
			"end_reason": export("sessions.end_reason"), "generation": export("sessions.refreshes"), "rotated_at": export("sessions.refreshed_at"),
			"device": export("sessions.device"), "salt": withheld(ownSecret), "rotation_key": withheld(keyedHash),
			"code_hash": withheld(keyedHash), "key_hash": withheld(keyedHash), "body_hash": withheld(keyedHash),
			"code_window": withheld("created_at in units of five minutes"),
		},
		"revocations": {
			"revoked_at": kept("sessions.ended_at", refusing), "session_id": kept("sessions.id", refusing),
			"revoked_until": kept("sessions.refused_until", refusing),
			"appid":         {Withheld: "it is set when the person is erased: nobody is left to ask", Kept: refusing},
		},
		"phone_codes": {
			"code_hash": withheld(keyedHash), "appid": export("phone_codes.appid"), "openid": export("phone_codes.openid"),
			"used_at": export("phone_codes.used_at"),
		},
		"open_data_failures": {
			"session_id": export("sessions.id"), "since": export("sessions.open_data_failing_since"), "failures": export("sessions.open_data_failures"),
		},
		"audit": accounted(
			"id", "at", "actor", "action", "appid", "user_id", "other_user_id", "session_id", "merge_id", "key_id", "details",
		),
		"audit_reads": {
			"id": kept("audit.id", readings), "at": kept("audit.at", readings), "actor": kept("audit.actor", readings),
			"user_id": kept("audit.user_id", readings), "appid": kept("audit.appid", readings),
			"day": {Withheld: "at in days", Kept: readings},
		},
		"audit_listings": {
			"id": kept("audit.id", readings), "at": kept("audit.at", readings), "actor": kept("audit.actor", readings),
			"shown": kept("audit.details.count", readings), "appids": kept("audit.details.appids", readings),
			"day":        {Withheld: "at in days", Kept: readings},
			"first_user": {Withheld: "another person's id", Kept: readings}, "last_user": {Withheld: "another person's id", Kept: readings},
		},
		"erased_users": {
			"user_id": {Withheld: "nobody is left to ask", Kept: tombstone}, "erased_at": {Withheld: "nobody is left to ask", Kept: tombstone},
			"reason": {Withheld: "nobody is left to ask", Kept: tombstone},
		},
	}
}

func accounted(columns ...string) map[string]Treatment {
	all := map[string]Treatment{}
	for _, column := range columns {
		all[column] = kept("audit."+column, accounting)
	}
	return all
}

// impersonalTable has no personal data in any column.
type impersonalTable struct {
	name, why string
	columns   []string
}

func impersonal() []impersonalTable {
	return []impersonalTable{
		{
			"signing_keys", "keys of the server's",
			[]string{"key_use", "seq", "created_at", "active_from", "sealed"},
		},
		{
			"api_keys", "keys of the business's services, which are no people",
			[]string{"id", "name", "secret_hash", "scopes", "appids", "created_at", "last_used_at", "revoked_at", "expires_at"},
		},
		{
			"master_keys", "ids of the server's keys, and how far sealing anew has come: the last id it saw is forgotten when it is done",
			[]string{
				"key_id", "canary", "primary_at", "sealing_at", "retired_at", "sweep_from", "sweep_after", "sweep_seen", "sweep_total",
				"sweep_found", "sweep_failed", "sweep_done_at", "worker", "worker_until",
			},
		},
		{
			"imports", "how far a file was read, and how many people it made; nothing of what it says of them",
			[]string{
				"id", "appid", "file_size", "file_offset", "file_line", "file_hash", "rejects_size", "made", "linked", "filled",
				"unchanged", "rejected", "started_at", "updated_at", "finished_at",
			},
		},
		{
			"goose_db_version", "which migrations were applied",
			[]string{"id", "version_id", "is_applied", "tstamp"},
		},
	}
}
