// Package verdict holds a diagnosis, or what a command left behind, against
// thresholds: what passes and what fails.
package verdict

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
)

// Policy holds a diagnosis against thresholds: what a check passes and fails.
type Policy struct {
	MaxZombies int // more is a warning, unless Warning is set
	// MaxOrphans: more running processes than this, left by a command that was run, are a warning.
	MaxOrphans int
	// MaxAge: a zombie that has been dead for longer is a warning, however few there are. 0: any age.
	MaxAge       time.Duration
	Warning      *Range // of the number of zombies
	Critical     *Range
	FailOn       []string // rules that count as a warning whatever their severity
	Ignore       []string // rules that do not count, nor the zombies they are about
	AllowPartial bool     // a view that is not complete (Z901) may still pass
}

// Verdict is the answer of a check, in the terms of the monitoring plugins.
type Verdict struct {
	Status   string   // OK, WARNING, CRITICAL, UNKNOWN
	ExitCode int      // 0, 1, 2, 3
	Reasons  []Reason // why it is not OK
	Ignored  []string // rules that did not count
	Summary  string   // the words for a verdict without reasons; "": the sentence
	Perf     string   // performance data
}

// Reason is one thing that makes a check fail.
type Reason struct {
	Rule     string // "": a threshold on the zombies
	Severity diagnose.Severity
	Text     string            // full sentences, in one line
	Finding  *diagnose.Finding // the one of that rule; nil: it is about a threshold
}

// Line says it in one line, with the rule at its end.
func (r *Reason) Line() string {
	if r.Rule == "" {
		return r.Text
	}
	return strings.TrimSuffix(r.Text, ".") + " (" + r.Rule + ")."
}

// onlyWhenNamed are rules about what may go wrong one day: a check that failed
// on them could never pass where nobody means to change PID 1.
var onlyWhenNamed = []string{"Z302", "Z303"}

// aboutLimits are rules about how much zombies use up: a small number of them
// does not make a full limit better.
var aboutLimits = []string{"Z401", "Z402"}

// Judge applies the policy. In a diagnosis that was compared with an earlier one
// only new findings count.
func (p Policy) Judge(d *diagnose.Diagnosis) Verdict {
	n := len(p.counted(d))
	var reasons []Reason
	fail := func(s diagnose.Severity, text string) { reasons = append(reasons, Reason{Severity: s, Text: text}) }
	found := func(s diagnose.Severity, f *diagnose.Finding) { reasons = append(reasons, reasonOf(s, f)) }
	tooMany := false
	zombies := english.Count(n, "zombie was", "zombies were") + " found"
	if d.Since != nil {
		zombies = english.Count(n, "new zombie was", "new zombies were") + " found since " + d.Since.When()
	}
	if s, limit := p.exceeded(n); limit != "" {
		tooMany = true
		fail(s, zombies+limit+".")
	}
	if old := p.tooOld(d); old != nil {
		tooMany = true
		fail(diagnose.Warning, fmt.Sprintf("%s (PID %d) has been dead for %s (allowed: %s).", old.Process.Comm, old.Process.PID, phrase.Age(old.Age), english.Duration(p.MaxAge)))
	}
	for _, f := range byZombies(d.Findings) {
		named := slices.Contains(p.FailOn, f.Rule)
		switch {
		case slices.Contains(p.Ignore, f.Rule):
		case named && d.Since != nil && !d.Since.Concerns(f):
		case named:
			found(max(diagnose.Warning, f.Severity), f)
		case f.Rule == "Z902" && f.Subject.PID != 0 && tooMany && (d.Since == nil || d.Since.Concerns(f)):
			found(counts(f), f) // it names the parent, where no cause was found
		case f.Rule == "Z901" || slices.Contains(onlyWhenNamed, f.Rule) || f.Severity < diagnose.Warning:
		// Zombies that are few enough are allowed, and so are the findings about
		// them.
		case f.Severity == diagnose.Warning && f.Zombies > 0 && !tooMany && !slices.Contains(aboutLimits, f.Rule):
		case d.Since != nil && !d.Since.Concerns(f):
		default:
			found(f.Severity, f)
		}
	}
	v := Verdict{Reasons: reasons, Ignored: p.Ignore, Perf: p.perf(d, n)}
	blind := d.Blind && !p.AllowPartial && !slices.Contains(p.Ignore, "Z901")
	unseen := d.Since != nil && len(d.Since.Unseen) > 0 && !p.AllowPartial
	v.conclude()
	switch {
	case v.ExitCode != 0:
	case blind, unseen:
		v.Status, v.ExitCode = "UNKNOWN", 3
	default:
		v.Summary = p.allowed(d, n)
	}
	if blind {
		// Blindness never hides a breach, and is never clean.
		for i := range d.Findings {
			if f := &d.Findings[i]; f.Rule == "Z901" && !slices.Contains(p.FailOn, "Z901") {
				v.Reasons = append(v.Reasons, reasonOf(f.Severity, f))
			}
		}
	}
	if unseen {
		v.Reasons = append(v.Reasons, Reason{Rule: "Z901", Severity: diagnose.Warning, Text: "It is unknown whether " + english.Count(len(d.Since.Unseen), "zombie is", "zombies are") +
			" new: the earlier look did not see every process."})
	}
	return v
}

// exceeded says which threshold so many zombies exceed, and how much that matters; "": none.
func (p Policy) exceeded(zombies int) (diagnose.Severity, string) {
	switch {
	case p.Critical.Alerts(zombies):
		return diagnose.Critical, fmt.Sprintf(" (critical: %s)", p.Critical)
	case p.Warning.Alerts(zombies):
		return diagnose.Warning, fmt.Sprintf(" (warning: %s)", p.Warning)
	case p.Warning == nil && zombies > p.MaxZombies:
		return diagnose.Warning, fmt.Sprintf(" (allowed: %s)", english.Number(p.MaxZombies))
	}
	return diagnose.OK, ""
}

// conclude sets the status by the gravest reason.
func (v *Verdict) conclude() {
	v.Status = "OK"
	for _, r := range v.Reasons {
		if r.Severity == diagnose.Critical {
			v.Status, v.ExitCode = "CRITICAL", 2
			return
		}
		if r.Severity == diagnose.Warning {
			v.Status, v.ExitCode = "WARNING", 1
		}
	}
}

// byZombies orders findings for a line that holds few of them.
func byZombies(findings []diagnose.Finding) []*diagnose.Finding {
	out := make([]*diagnose.Finding, len(findings))
	for i := range findings {
		out[i] = &findings[i]
	}
	slices.SortStableFunc(out, func(a, b *diagnose.Finding) int {
		return cmp.Or(cmp.Compare(counts(b), counts(a)), cmp.Compare(b.Zombies, a.Zombies))
	})
	return out
}

// counts is how much a finding counts where there are too many zombies: a cause
// that was found for some of them does not excuse their parent.
func counts(f *diagnose.Finding) diagnose.Severity {
	if f.Rule == "Z902" && f.Subject.PID != 0 {
		return diagnose.Warning
	}
	return f.Severity
}

// allowed says why a check passes where not everything is as it should be.
func (p Policy) allowed(d *diagnose.Diagnosis, n int) string {
	var parts []string
	found, changed := english.Count(n, "zombie was", "zombies were")+" found", ""
	if d.Since != nil {
		found = english.Count(n, "new zombie was", "new zombies were") + " found since " + d.Since.When()
		changed = ": " + d.Since.Sentence()
		if d.Since.Anew { // sentences
			changed = ". " + strings.TrimSuffix(d.Since.Sentence(), ".")
		}
	}
	switch {
	case n == 0 && d.Since == nil:
	case n > 0 && p.Warning == nil:
		parts = append(parts, found+", and "+english.Count(p.MaxZombies, "is", "are")+" allowed"+changed)
	case n > 0:
		parts = append(parts, found+", which is allowed"+changed)
	default:
		parts = append(parts, found+changed)
	}
	if ignored := len(p.candidates(d)) - n; ignored > 0 {
		parts = append(parts, fmt.Sprintf("%s ignored by rule (%s)", english.Count(ignored, "zombie was", "zombies were"), strings.Join(p.Ignore, ", ")))
	}
	if d.Blind {
		if len(d.Zombies) == 0 {
			parts = append(parts, "no zombie was found among "+english.Count(d.Processes, "process", "processes"))
		}
		parts = append(parts, "not every process could be seen, which is allowed")
	}
	if len(parts) == 0 {
		return ""
	}
	return english.Capital(strings.Join(parts, "; ")) + "."
}

func reasonOf(s diagnose.Severity, f *diagnose.Finding) Reason {
	return Reason{Rule: f.Rule, Severity: s, Text: f.Message(), Finding: f}
}

// tooOld returns the oldest zombie that counts, where it is known to be older
// than allowed; or one of which it cannot be known, since unknown is not young.
func (p Policy) tooOld(d *diagnose.Diagnosis) *diagnose.Zombie {
	if p.MaxAge == 0 {
		return nil
	}
	var worst *diagnose.Zombie
	for _, z := range p.counted(d) {
		most, ok := z.Age.AtMost.Get()
		least, known := z.Age.AtLeast.Get()
		old := known && least > p.MaxAge || !known && (!ok || most > p.MaxAge)
		if old && (worst == nil || observe.Older(z.Age, worst.Age)) {
			worst = z
		}
	}
	return worst
}

// counted returns the zombies that are not put down to an ignored rule.
func (p Policy) counted(d *diagnose.Diagnosis) []*diagnose.Zombie {
	causes := map[int][]string{}
	for i := range d.Parents {
		causes[d.Parents[i].PID] = d.Parents[i].Rules
	}
	var counted []*diagnose.Zombie
	for _, z := range p.candidates(d) {
		cause := z.Rules
		if len(cause) == 0 {
			cause = causes[z.PPID]
		}
		if len(cause) == 0 || !slices.Contains(p.Ignore, cause[0]) {
			counted = append(counted, z)
		}
	}
	return counted
}

// candidates returns the zombies that could count.
func (p Policy) candidates(d *diagnose.Diagnosis) []*diagnose.Zombie {
	if d.Since != nil {
		return d.Since.New
	}
	return d.All()
}

func (p Policy) perf(d *diagnose.Diagnosis, n int) string {
	warning := cmp.Or(p.Warning.String(), fmt.Sprint(p.MaxZombies))
	if d.Since != nil {
		return fmt.Sprintf("new=%d;%s;%s;0 zombies=%d;;;0 reaped=%d;;;0 transient=%d;;;0 not_reaping=%d;;;0 processes=%d;;;0",
			n, warning, p.Critical.String(), len(d.Zombies), len(d.Since.Reaped)+d.Since.Passed, d.Transient, d.NotReaping(), d.Processes)
	}
	return fmt.Sprintf("zombies=%d;%s;%s;0 transient=%d;;;0 not_reaping=%d;;;0 processes=%d;;;0",
		n, warning, p.Critical.String(), d.Transient, d.NotReaping(), d.Processes)
}

// JudgeTally holds what came since the first look against the policy. The latest
// look should be a full one.
func (p Policy) JudgeTally(t *diagnose.Tally) (Verdict, error) {
	d, err := t.SinceFirst()
	if err != nil {
		return Verdict{}, err
	}
	return p.Judge(d), nil
}
