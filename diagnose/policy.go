package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Policy holds a diagnosis against thresholds: what a check passes and fails.
type Policy struct {
	MaxZombies int // more is a warning, unless Warning is set
	// MaxOrphans: more living processes than this, left by a command that was
	// run, are a warning.
	MaxOrphans int
	// MaxAge: a zombie that has been dead for longer is a warning, however few
	// there are. 0: any age.
	MaxAge   time.Duration
	Warning  *Range // of the number of zombies
	Critical *Range
	FailOn   []string // rules that count as a warning whatever their severity
	Ignore   []string // rules that do not count, nor the zombies they are about
	// AllowPartial: a view that is not complete (Z901) may still pass.
	AllowPartial bool
}

// Verdict is the answer of a check, in the terms of the monitoring plugins.
type Verdict struct {
	Status   string   // OK, WARNING, CRITICAL, UNKNOWN
	ExitCode int      // 0, 1, 2, 3
	Reasons  []Reason // why it is not OK
	Ignored  []string // rules that did not count
	Summary  string   // what to say when there is no reason; "": the sentence
	Perf     string   // performance data
}

// Reason is one thing that makes a check fail.
type Reason struct {
	Rule     string // "": a threshold on the zombies
	Severity Severity
	Text     string // one line, which names the rule too
}

// onlyWhenNamed are rules about what may go wrong one day: a check that failed
// on them could never pass where nobody means to change PID 1.
var onlyWhenNamed = []string{"Z302", "Z303"}

// aboutLimits are rules about what zombies use up: that is no better when
// there are few enough of them.
var aboutLimits = []string{"Z401", "Z402"}

// Judge applies the policy. Of a diagnosis that was compared with an earlier
// one only what is new counts.
func (p Policy) Judge(d *Diagnosis) Verdict {
	n := len(p.counted(d))
	worst := OK
	var reasons []Reason
	fail := func(rule string, s Severity, text string) {
		worst = max(worst, s)
		reasons = append(reasons, Reason{rule, s, text})
	}
	tooMany := false
	zombies := count(n, "zombie", "zombies")
	if d.Since != nil {
		zombies = count(n, "new zombie", "new zombies") + " since " + d.Since.When()
	}
	switch {
	case p.Critical != nil && p.Critical.Alerts(n):
		tooMany = true
		fail("", Critical, fmt.Sprintf("%s (critical: %s)", zombies, p.Critical))
	case p.Warning != nil && p.Warning.Alerts(n):
		tooMany = true
		fail("", Warning, fmt.Sprintf("%s (warning: %s)", zombies, p.Warning))
	case p.Warning == nil && n > p.MaxZombies:
		tooMany = true
		fail("", Warning, fmt.Sprintf("%s (allowed: %d)", zombies, p.MaxZombies))
	}
	if old := p.tooOld(d); old != nil {
		tooMany = true
		fail("", Warning, fmt.Sprintf("%s (PID %d) has been dead for %s (allowed: %s)", old.Process.Comm, old.Process.PID, AgeText(old.Age), duration(p.MaxAge)))
	}
	for _, f := range byZombies(d.Findings) {
		named := slices.Contains(p.FailOn, f.Rule)
		switch {
		case slices.Contains(p.Ignore, f.Rule):
		case named && d.Since != nil && !d.Since.concerns(f):
		case named:
			fail(f.Rule, max(Warning, f.Severity), f.line())
		case f.Rule == "Z902" && f.Subject.PID != 0 && tooMany && (d.Since == nil || d.Since.concerns(f)):
			fail(f.Rule, counts(f), f.line()) // it names the parent, where no cause was found
		case f.Rule == "Z901" || slices.Contains(onlyWhenNamed, f.Rule) || f.Severity < Warning:
		// Zombies that are few enough are allowed, and so is what is said of them.
		case f.Severity == Warning && f.Zombies > 0 && !tooMany && !slices.Contains(aboutLimits, f.Rule):
		case d.Since != nil && !d.Since.concerns(f):
		default:
			fail(f.Rule, f.Severity, f.line())
		}
	}
	v := Verdict{Reasons: reasons, Ignored: p.Ignore, Perf: p.perf(d, n)}
	blind := d.Blind && !p.AllowPartial && !slices.Contains(p.Ignore, "Z901")
	unseen := d.Since != nil && len(d.Since.Unseen) > 0 && !p.AllowPartial
	switch {
	case worst == Critical:
		v.Status, v.ExitCode = "CRITICAL", 2
	case worst == Warning:
		v.Status, v.ExitCode = "WARNING", 1
	case blind, unseen:
		v.Status, v.ExitCode = "UNKNOWN", 3
	default:
		v.Status, v.Summary = "OK", p.allowed(d, n)
	}
	if blind {
		// Blindness never hides a breach, and is never clean.
		for i := range d.Findings {
			if f := &d.Findings[i]; f.Rule == "Z901" && !slices.Contains(p.FailOn, "Z901") {
				v.Reasons = append(v.Reasons, Reason{f.Rule, f.Severity, f.line()})
			}
		}
	}
	if unseen {
		v.Reasons = append(v.Reasons, Reason{"Z901", Warning, "Z901 whether " + count(len(d.Since.Unseen), "zombie is", "zombies are") +
			" new cannot be told: the earlier look did not see every process"})
	}
	return v
}

// byZombies orders findings for a line that holds few of them.
func byZombies(findings []Finding) []*Finding {
	out := make([]*Finding, len(findings))
	for i := range findings {
		out[i] = &findings[i]
	}
	slices.SortStableFunc(out, func(a, b *Finding) int {
		return cmp.Or(cmp.Compare(counts(b), counts(a)), cmp.Compare(b.Zombies, a.Zombies))
	})
	return out
}

// counts is how much a finding counts where there are too many zombies: that no
// cause was found for some is no excuse for their parent.
func counts(f *Finding) Severity {
	if f.Rule == "Z902" && f.Subject.PID != 0 {
		return Warning
	}
	return f.Severity
}

// allowed says why a check passes where not everything is as it should be.
func (p Policy) allowed(d *Diagnosis, n int) string {
	var parts []string
	zombies := count(n, "zombie", "zombies")
	if d.Since != nil {
		zombies = fmt.Sprintf("%s since %s (%s)", count(n, "new zombie", "new zombies"), d.Since.When(), d.Since.Sentence())
	}
	switch {
	case n == 0 && d.Since == nil:
	case n > 0 && p.Warning == nil:
		parts = append(parts, fmt.Sprintf("%s, %d allowed", zombies, p.MaxZombies))
	case n > 0:
		parts = append(parts, zombies+", which are as many as allowed")
	default:
		parts = append(parts, zombies)
	}
	if ignored := len(p.candidates(d)) - n; ignored > 0 {
		parts = append(parts, fmt.Sprintf("%s of ignored rules (%s)", count(ignored, "zombie", "zombies"), strings.Join(p.Ignore, ", ")))
	}
	if d.Blind {
		if len(d.Zombies) == 0 {
			parts = append(parts, "no zombie among "+count(d.Processes, "process", "processes")+" in view")
		}
		parts = append(parts, "not all could be seen, which is allowed")
	}
	return strings.Join(parts, "; ")
}

func (f *Finding) line() string {
	if f.Subject.PID == 0 {
		return f.Rule + " " + f.Message
	}
	return fmt.Sprintf("%s %s (PID %d): %s", f.Rule, f.Comm, f.Subject.PID, f.Message)
}

// tooOld returns the oldest zombie that counts, where it is known to be older
// than allowed; or one of which it cannot be known, since unknown is not young.
func (p Policy) tooOld(d *Diagnosis) *Zombie {
	if p.MaxAge == 0 {
		return nil
	}
	var worst *Zombie
	for _, z := range p.counted(d) {
		most, ok := z.Age.AtMost.Get()
		least, known := z.Age.AtLeast.Get()
		old := known && least > p.MaxAge || !known && (!ok || most > p.MaxAge)
		if old && (worst == nil || older(z.Age, worst.Age)) {
			worst = z
		}
	}
	return worst
}

// counted returns the zombies that are not put down to an ignored rule.
func (p Policy) counted(d *Diagnosis) []*Zombie {
	causes := map[int][]string{}
	for i := range d.Parents {
		causes[d.Parents[i].PID] = d.Parents[i].Rules
	}
	var counted []*Zombie
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
func (p Policy) candidates(d *Diagnosis) []*Zombie {
	if d.Since != nil {
		return d.Since.New
	}
	all := make([]*Zombie, len(d.Zombies))
	for i := range d.Zombies {
		all[i] = &d.Zombies[i]
	}
	return all
}

func (p Policy) perf(d *Diagnosis, n int) string {
	warning := p.Warning.String()
	if p.Warning == nil {
		warning = fmt.Sprint(p.MaxZombies)
	}
	if d.Since != nil {
		return fmt.Sprintf("new=%d;%s;%s;0 zombies=%d;;;0 reaped=%d;;;0 transient=%d;;;0 not_reaping=%d;;;0 processes=%d;;;0",
			n, warning, p.Critical.String(), len(d.Zombies), len(d.Since.Reaped)+d.Since.Passed, d.Transient, d.NotReaping(), d.Processes)
	}
	return fmt.Sprintf("zombies=%d;%s;%s;0 transient=%d;;;0 not_reaping=%d;;;0 processes=%d;;;0",
		n, warning, p.Critical.String(), d.Transient, d.NotReaping(), d.Processes)
}

// NotReaping counts the parents with zombies that are held against them.
func (d *Diagnosis) NotReaping() int {
	n := 0
	for i := range d.Parents {
		if d.Parents[i].Zombies > 0 {
			n++
		}
	}
	return n
}

// ParseRules reads a list of rules, by id or name.
func ParseRules(list []string) ([]string, error) {
	var ids []string
	for _, s := range list {
		i := slices.IndexFunc(rules, func(r *Rule) bool { return strings.EqualFold(r.ID, s) || r.Name == s })
		if i < 0 {
			return nil, fmt.Errorf("unknown rule %q", s)
		}
		ids = append(ids, rules[i].ID)
	}
	return ids, nil
}
