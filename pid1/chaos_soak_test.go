//go:build soak

package pid1_test

import "time"

// chaosTime is how long TestChaos takes.
const chaosTime = 30 * time.Second
