//go:build !soak

package pid1_test

import "time"

// chaosTime is how long TestChaos takes; 0: ten seconds in CI, less elsewhere.
const chaosTime time.Duration = 0
