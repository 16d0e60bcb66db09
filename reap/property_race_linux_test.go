//go:build !soak && race

package reap

import "testing"

// What the race detector looks at is the same in every round.
func TestRandomPlans(t *testing.T) { randomPlans(t, 20) }
