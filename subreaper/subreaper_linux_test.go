package subreaper

import (
	"errors"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/sys"
)

// orphan starts a script by a shell that exits at once, and lets it go on only
// when that is gone: its parent cannot have waited for it.
func orphan(script string) string {
	return `sh -c 'sh -c "while kill -0 \$1 2>/dev/null; do :; done; ` + script + `" sh $$ & exit 0'; `
}

// TestRun: how the command exited, and each orphan that it left dead; the
// control waits for its own.
func TestRun(t *testing.T) {
	for _, c := range []struct {
		script string
		exit   facts.Exit
		left   []facts.Exit
	}{
		{"exit 0", facts.Exit{}, nil},
		{"exit 7", facts.Exit{Code: 7}, nil},
		{"kill -9 $$", facts.Exit{Signal: sys.SIGKILL}, nil},
		{orphan(`exit 3`) + "exit 0", facts.Exit{}, []facts.Exit{{Code: 3}}},
		{orphan(`kill -15 \$\$`) + "exit 4", facts.Exit{Code: 4}, []facts.Exit{{Signal: sys.SIGTERM}}},
		{"sh -c 'exit 3' & wait; exit 4", facts.Exit{Code: 4}, nil},
	} {
		left, err := Run(exec.Command("sh", "-c", c.script), time.Minute)
		if err != nil {
			t.Errorf("%s: %v", c.script, err)
			continue
		}
		if left.Exit != c.exit || left.ZombieCount != len(c.left) || left.OrphanCount != 0 || left.Unseen {
			t.Errorf("%s: %+v, want %+v and %d left", c.script, left, c.exit, len(c.left))
			continue
		}
		for i, want := range c.left {
			if got, ok := left.Zombies[i].Exit.Get(); !ok || got != want {
				t.Errorf("%s left %+v, %v; want %+v", c.script, got, ok, want)
			}
		}
		if _, err := sys.Waitid(0, unix.WNOHANG|unix.WNOWAIT); !errors.Is(err, unix.ECHILD) {
			t.Errorf("%s: after the run there are children still: %v", c.script, err)
		}
	}
}
