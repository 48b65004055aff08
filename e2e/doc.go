// Package e2e holds black-box tests: they build the real binary, run it as an
// operator would, and look at it from outside, over HTTP, its output and its
// files. They know the contract on the wire and nothing of internal/.
//
// TEST_POSTGRES_DSN names a PostgreSQL on which databases may be made; without
// it the tests that want one are skipped, or fail where REQUIRE_BACKENDS=1.
package e2e
