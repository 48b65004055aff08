// Package config turns a file and the environment into a validated Config.
//
// A File is what a person writes; Load and File.Resolve make a Config of it, or
// tell everything that is wrong with it at once, each fault with its key and
// the way to mend it.
package config
