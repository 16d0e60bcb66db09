package diagnose

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Diagnose judges a snapshot.
func Diagnose(s *facts.Snapshot, o Options) *Diagnosis { return Judge(observe.New(s, o)) }

// Judge judges an observation.
func Judge(x *observe.Observation) *Diagnosis {
	in := &x.Scope
	d := &Diagnosis{
		Snapshot: x.Snapshot, Processes: len(x.Procs), Viewpoint: x.Viewpoint, LimitsAbove: x.LimitsAbove,
		Filter: x.Options.Filter, Elsewhere: in.Elsewhere, Unattributed: in.Unattributed, Matched: in.Matched,
	}
	for _, t := range in.Transient {
		d.Transient += t.Count()
	}
	v := &verdict{x: x, causes: map[int][]*Finding{}}
	for i := range in.Zombies {
		z := &in.Zombies[i]
		d.Zombies = append(d.Zombies, Zombie{Zombie: z, Rules: v.zombie(z)})
	}
	v.others()
	for _, p := range in.Parents {
		v.undetermined(p)
	}
	slices.SortStableFunc(v.findings, func(a, b *Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), strings.Compare(a.Rule, b.Rule), cmp.Compare(b.Zombies, a.Zombies), cmp.Compare(a.Subject.PID, b.Subject.PID))
	})
	for _, f := range v.findings {
		d.Findings = append(d.Findings, *f)
		d.Severity = max(d.Severity, f.Severity)
		d.Blind = d.Blind || f.Rule == "Z901"
		d.Hides = d.Hides || rule.HidesProcesses(f)
	}
	for _, ns := range in.Namespaces {
		d.Namespaces = append(d.Namespaces, worded(*ns))
	}
	worst := slices.SortedStableFunc(slices.Values(in.Parents), func(a, b *observe.Parent) int {
		return cmp.Or(cmp.Compare(b.Zombies, a.Zombies), cmp.Compare(b.Held, a.Held), cmp.Compare(a.PID, b.PID))
	})
	for _, p := range worst {
		d.Parents = append(d.Parents, v.parent(p))
	}
	if in.Limits != nil {
		d.Limits = make([]Limit, len(in.Limits))
	}
	for i := range in.Limits {
		d.Limits[i] = Limit{&in.Limits[i], phrase.Setter(in.Limits[i].SetBy)}
	}
	d.Containers = containersOf(x)
	d.InitWouldHelp, d.InitWhy = initForAll(d)
	d.Sentence = d.sentence()
	return d
}

// verdict collects what the rules find.
type verdict struct {
	x        *observe.Observation
	findings []*Finding
	causes   map[int][]*Finding // by the PID of the parent; see Finding.CauseOf
}

func (v *verdict) zombie(z *observe.Zombie) []string {
	var ids []string
	for _, r := range rule.All() {
		if r.Zombie == nil {
			continue
		}
		if f := r.Zombie(v.x, z); f != nil {
			ids = append(ids, r.ID)
			v.found(r, f)
		}
	}
	return ids
}

// others applies the rules that are not about one zombie.
func (v *verdict) others() {
	for _, r := range rule.All() {
		switch {
		case r.Parent != nil:
			for _, p := range v.x.Scope.Parents {
				if f := r.Parent(v.x, p); f != nil {
					f.CauseOf = append(f.CauseOf, p.PID)
					v.found(r, f)
				}
			}
		case r.Whole != nil:
			for _, f := range r.Whole(v.x) {
				v.found(r, f)
			}
		}
	}
}

// undetermined says of a parent whose zombies no rule explains what would.
func (v *verdict) undetermined(p *observe.Parent) {
	if slices.ContainsFunc(v.causes[p.PID], func(f *Finding) bool { return rankOf(f).Explains() }) {
		return
	}
	if f := rule.Undetermined(v.x, p); f != nil {
		v.findings = append(v.findings, f)
	}
}

func (v *verdict) found(r *rule.Rule, f *Finding) {
	f.Rule, f.Name = r.ID, r.Name
	f.Severity = max(f.Severity, r.Severity)
	if v.x.Listing != nil {
		byList(v.x, f)
	}
	for _, pid := range f.CauseOf {
		v.causes[pid] = append(v.causes[pid], f)
	}
	v.findings = append(v.findings, f)
}

// byList makes of a finding one that rests on a list: it is one look by somebody
// else, so nothing about a process in it is certain, and the evidence is its
// lines.
func byList(x *observe.Observation, f *Finding) {
	if f.Certainty == Certain && f.Subject.PID != 0 {
		f.Certainty = Likely
	}
	var ev []Evidence
	shown := map[int]bool{}
	for _, e := range f.Evidence {
		if e.PID == 0 {
			ev = append(ev, e)
			continue
		}
		if p := x.Find(e.PID); p != nil && p.Listed != nil && !shown[e.PID] {
			shown[e.PID] = true
			ev = append(ev, observe.Line(x.Snapshot, p.Listed.Line))
		}
	}
	f.Evidence = ev
}

func rankOf(f *Finding) rule.Rank { return rule.Find(f.Rule).Rank }

// parent concludes about a parent.
func (v *verdict) parent(p *observe.Parent) Parent {
	causes := v.causes[p.PID]
	slices.SortStableFunc(causes, func(a, b *Finding) int { return int(rankOf(a) - rankOf(b)) })
	out := Parent{Parent: p, Init: v.x.InitHelps.For(p)}
	out.InitWouldHelp, out.InitWhy = out.Init.Answer, phrase.InitWhy(p, out.Init)
	for _, f := range causes {
		if !slices.Contains(out.Rules, f.Rule) {
			out.Rules = append(out.Rules, f.Rule)
		}
	}
	if len(causes) > 0 {
		out.Certainty = causes[0].Certainty
	}
	out.Why = why(v.x, p, causes)
	return out
}

func worded(ns observe.Namespace) Namespace {
	out := Namespace{Namespace: ns}
	if v := ns.PID1; v != nil {
		out.PID1 = &PID1{PID1: *v, Program: phrase.Program(v), ReapsWhy: phrase.Reaps(v.ReapsBasis), ForwardsSigtermWhy: phrase.Sigterm(v.SigtermBasis)}
	}
	return out
}

func containersOf(x *observe.Observation) []ContainerGroup {
	at := map[string]int{}
	var groups []ContainerGroup
	group := func(c *Container) *ContainerGroup {
		i, ok := at[c.Key()]
		if !ok {
			i = len(groups)
			at[c.Key()] = i
			groups = append(groups, ContainerGroup{Container: c})
		}
		return &groups[i]
	}
	for i := range x.Scope.Zombies {
		group(x.Scope.Zombies[i].Container).Zombies++
	}
	for _, p := range x.Scope.Parents {
		if p.Zombies > 0 {
			group(p.Container).NotReaping++
		}
	}
	if x.Options.AllNamespaces {
		for i := range x.Procs {
			if c := x.Containers.Of(&x.Procs[i]); c != nil && c.Engine != NoContainer && x.Options.Filter.Selects(c) {
				group(c)
			}
		}
	}
	sort.SliceStable(groups, func(i, j int) bool {
		a, b := &groups[i], &groups[j]
		return cmp.Or(cmp.Compare(b.Zombies, a.Zombies), strings.Compare(a.Container.Label(), b.Container.Label()), strings.Compare(a.Container.Key(), b.Container.Key())) < 0
	})
	return groups
}
