// Package importing takes over the people a team has known before hufu: it reads
// a table of theirs, judges each row, and says what becomes of it.
//
// What is imported is the team's word, not WeChat's. So it makes identities that
// there are none of, and links them by unionid as a first login would; of who is
// there already it fills what is empty, and changes nothing that WeChat or the
// person has said.
//
// A table can be read for an hour and end at any moment: how far a run is stands
// in the transaction of each batch, so that it goes on where it was. A row that
// was taken before changes nothing when it comes again.
package importing
