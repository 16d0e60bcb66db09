package textpage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// unread says what could not be read, by reason.
func unread(p *page.Page, s *facts.Snapshot) {
	if len(s.Unread) == 0 {
		return
	}
	p.Heading("NOT READ")
	var reasons []string
	files := map[string][]string{}
	denied := false
	for _, u := range s.Unread {
		if files[u.Reason] == nil {
			reasons = append(reasons, u.Reason)
		}
		files[u.Reason] = append(files[u.Reason], u.File)
		denied = denied || u.Denied
	}
	slices.SortStableFunc(reasons, func(a, b string) int { return len(files[b]) - len(files[a]) })
	for i, r := range reasons {
		if i == maxReasons {
			p.Linef("  … %s", english.Count(len(reasons)-i, "more reason", "more reasons"))
			break
		}
		p.Wrap(4, "  ", fmt.Sprintf("%s: %s (%s)", english.Count(len(files[r]), "file", "files"), sanitize.Clean(r), someFiles(files[r])))
	}
	if denied {
		hint := "run as root with CAP_SYS_PTRACE to see more"
		if self, ok := s.Self.Get(); ok && self.MayTrace() {
			hint = "the kernel refuses these even to CAP_SYS_PTRACE"
		}
		p.Wrap(4, "  ", hint)
	}
}

func someFiles(files []string) string {
	const some = 2
	var out []string
	for _, f := range files[:min(some, len(files))] {
		out = append(out, sanitize.Clean(words.Rooted(f)))
	}
	if len(files) > some {
		out = append(out, "…")
	}
	return strings.Join(out, ", ")
}

// seenFrom says where the look was taken from, and what another place would show.
func seenFrom(p *page.Page, d *diagnose.Diagnosis) {
	if d.Viewpoint.Place == "" || d.Viewpoint.Place == observe.Nowhere {
		return
	}
	p.Blank()
	head := p.Bold.Sprint("SEEN FROM") + "  "
	text := phrase.Viewpoint(&d.Viewpoint)
	if c := d.Viewpoint.Container; c != nil && c.Engine != diagnose.NoContainer {
		text += " (" + c.Label() + ")"
	}
	p.Wrap(2, head, sanitize.Prose(strings.Join(append([]string{text + "."}, phrase.BetterViewpoints(&d.Viewpoint)...), " ")))
}
