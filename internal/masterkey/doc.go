// Package masterkey owns the life of the master key: which of its keys the
// database needs, and the sealing anew of everything under the one that seals.
//
// A key is staged (every replica learns to open with it), activated (servers seal
// under it, and one of them seals anew what the keys before it sealed), and in the
// end the old ones are retired. The database remembers each key that ever sealed,
// with a canary, so that a server whose master key lacks one refuses to start,
// rather than fail at the first person whose data it can't open.
//
// It knows every place where something is sealed, and nothing of what it means.
package masterkey
