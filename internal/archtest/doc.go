// Package archtest holds the import rules of this module, as tests.
//
// rules_test.go is the one list: each package, what of this module it may
// import, and why; each other module, and who may import it. A package or a
// module that no rule names fails the test, and so does a rule whose subject is
// gone. docs/architecture.md tells the same in words.
package archtest
