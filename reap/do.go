package reap

import (
	"context"

	"github.com/zombiectl/zombiectl/scan"
)

// Do carries out a plan. The error says why nothing could be done at all; what
// became of each zombie stands in the plan. ctx ends it early.
func Do(ctx context.Context, root *scan.Root, p *Plan, how How) error { return do(ctx, root, p, how) }
