package importing

// Code says why a row was not taken.
type Code string

// The codes. docs/import.md lists them, with what to do.
const (
	Malformed         Code = "malformed" // no row can be made of the line
	WrongColumns      Code = "wrong_columns"
	InvalidUTF8       Code = "invalid_utf8"
	TooLong           Code = "too_long"
	UnknownField      Code = "unknown_field" // JSON Lines; of CSV the whole file is refused
	InvalidOpenID     Code = "invalid_openid"
	InvalidUnionID    Code = "invalid_unionid"
	InvalidPhone      Code = "invalid_phone"
	InvalidNickname   Code = "invalid_nickname"
	InvalidExternalID Code = "invalid_external_id"
	InvalidCreatedAt  Code = "invalid_created_at"
	OpenIDTwice       Code = "openid_twice" // with different data
	UnionIDDiffers    Code = "unionid_differs"
	UnionIDTaken      Code = "unionid_taken"
	ExternalIDTaken   Code = "external_id_taken"
	ExternalIDDiffers Code = "external_id_differs"
)

// Reject says why a row was not taken. Text is for people, and holds nothing of
// the row.
type Reject struct {
	Line int64
	Code Code
	Text string
}

func reject(code Code, text string) *Reject { return &Reject{Code: code, Text: text} }
