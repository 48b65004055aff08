//go:build race

package e2e_test

// raceDetector tells that this test was built with -race; then the binary is
// too.
const raceDetector = true
