//go:build !soak && !race

package reap

import "testing"

func TestRandomPlans(t *testing.T) { randomPlans(t, 100) }
