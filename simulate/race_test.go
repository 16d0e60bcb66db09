//go:build linux && race

package simulate

const raceDetector = true
