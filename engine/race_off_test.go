//go:build !race

package engine_test

// raceDetector is whether the race detector runs, which keeps memory of its own.
const raceDetector = false
