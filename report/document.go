package report

import (
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/scan"
)

const (
	apiVersion = "zombiectl.dev/v1"
	kind       = "Diagnosis"
)

// The types below are the published document, docs/schema/diagnosis-v1.schema.json:
// names and order are stable, a pointer is null when the fact is unknown, and
// a field of type any is null until something fills it.

type document struct {
	APIVersion string          `json:"apiVersion"`
	Kind       string          `json:"kind"`
	Source     docSource       `json:"source"`
	Observer   docStand        `json:"observer"`
	Host       docHost         `json:"host"`
	Summary    docSummary      `json:"summary"`
	Check      *docCheck       `json:"check,omitempty"`
	Since      *docSince       `json:"since,omitempty"`
	Namespaces []docNamespace  `json:"namespaces"`
	Containers []docGroup      `json:"containers"`
	Parents    []docParent     `json:"parents"`
	Zombies    []docZombie     `json:"zombies"`
	Limits     []docLimit      `json:"limits"`
	Findings   []docFinding    `json:"findings"`
	Unread     []docUnreadFile `json:"unread"`
}

type docSource struct {
	Kind    string  `json:"kind"`
	Path    string  `json:"path"`
	TakenAt *string `json:"takenAt"`
}

type docHost struct {
	Kernel   *string `json:"kernel"`
	BootID   *string `json:"bootId"`
	BootTime *string `json:"bootTime"`
	CPUs     *int    `json:"cpus"`
}

type docSummary struct {
	Sentence      string `json:"sentence"`
	Processes     int    `json:"processes"`
	Zombies       int    `json:"zombies"`
	Transient     int    `json:"transient"`
	NotReaping    int    `json:"notReaping"`
	Severity      string `json:"severity"`
	InitWouldHelp string `json:"initWouldHelp"`
	InitWhy       string `json:"initWhy"`
	Blind         bool   `json:"blind"`
}

type docCheck struct {
	Status   string   `json:"status"`
	ExitCode int      `json:"exitCode"`
	Reasons  []string `json:"reasons"`
}

type docNamespace struct {
	ID        *uint64       `json:"id"`
	Ours      bool          `json:"ours"`
	Host      bool          `json:"host"`
	Zombies   int           `json:"zombies"`
	PID1      *docPID1      `json:"pid1"`
	Container *docContainer `json:"container"`
}

type docContainer struct {
	Kind      string  `json:"kind"`
	ID        *string `json:"id"`
	Name      *string `json:"name"`
	Pod       *string `json:"pod"`
	Namespace *string `json:"namespace"`
	PodUID    *string `json:"podUid"`
}

type docGroup struct {
	Container  *docContainer `json:"container"`
	Zombies    int           `json:"zombies"`
	NotReaping int           `json:"notReaping"`
}

type docPID1 struct {
	PID                *int    `json:"pid"`
	Command            string  `json:"command"`
	Program            *string `json:"program"`
	Init               string  `json:"init"`
	Reaps              string  `json:"reaps"`
	ReapsWhy           string  `json:"reapsWhy"`
	ForwardsSigterm    string  `json:"forwardsSigterm"`
	ForwardsSigtermWhy string  `json:"forwardsSigtermWhy"`
}

type docParent struct {
	PID           *int          `json:"pid"`
	StartTicks    *uint64       `json:"startTicks"`
	StartTime     *string       `json:"startTime"`
	Command       *string       `json:"command"`
	Comm          *string       `json:"comm"`
	State         *string       `json:"state"`
	Zombies       int           `json:"zombies"`
	Held          int           `json:"held"`
	Adopted       int           `json:"adopted"`
	Own           int           `json:"own"`
	UnknownOrigin int           `json:"unknownOrigin"`
	OldestAge     *docAge       `json:"oldestAge"`
	NewestAge     *docAge       `json:"newestAge"`
	PerDay        *float64      `json:"perDay"`
	InitWouldHelp string        `json:"initWouldHelp"`
	InitWhy       string        `json:"initWhy"`
	Why           string        `json:"why"`
	Rules         []string      `json:"rules"`
	InnerPID      *int          `json:"innerPid"`
	Container     *docContainer `json:"container"`
}

type docZombie struct {
	PID             int           `json:"pid"`
	StartTicks      *uint64       `json:"startTicks"`
	PPID            *int          `json:"ppid"`
	Comm            string        `json:"comm"`
	StartTime       *string       `json:"startTime"`
	Age             docAge        `json:"age"`
	Exit            *docExit      `json:"exit"`
	Origin          string        `json:"origin"`
	OriginCertainty *string       `json:"originCertainty"`
	CPUSeconds      *float64      `json:"cpuSeconds"`
	UID             *int          `json:"uid"`
	Rules           []string      `json:"rules"`
	InnerPID        *int          `json:"innerPid"`
	Container       *docContainer `json:"container"`
	Since           string        `json:"since,omitempty"`
}

type docLimit struct {
	Name       string  `json:"name"`
	Path       string  `json:"path"`
	Used       *uint64 `json:"used"`
	Max        uint64  `json:"max"`
	Zombies    int     `json:"zombies"`
	LowerBound bool    `json:"lowerBound"`
	Refusals   *uint64 `json:"refusals"`
	SetBy      string  `json:"setBy"`
	FullIn     *docAge `json:"fullIn"`
}

type docFinding struct {
	Rule      string          `json:"rule"`
	Name      string          `json:"name"`
	Severity  string          `json:"severity"`
	Certainty string          `json:"certainty"`
	Subject   *docSubject     `json:"subject"`
	Message   string          `json:"message"`
	Zombies   int             `json:"zombies"`
	Evidence  []docEvidence   `json:"evidence"`
	Missing   []docUnreadFile `json:"missing"`
	Advice    []string        `json:"advice"`
}

type docSubject struct {
	PID        int     `json:"pid"`
	StartTicks *uint64 `json:"startTicks"`
	Comm       *string `json:"comm"`
}

type docEvidence struct {
	File  string `json:"file"`
	Field string `json:"field"`
	Value string `json:"value"`
}

type docUnreadFile struct {
	PID    *int   `json:"pid"`
	File   string `json:"file"`
	Error  string `json:"error"`
	Denied bool   `json:"denied"`
}

func newDocument(d *diagnose.Diagnosis, v *diagnose.Verdict) document {
	s := d.Snapshot
	changed := newChanges(d.Since)
	doc := document{
		APIVersion: apiVersion,
		Kind:       kind,
		Source:     newDocSource(d),
		Observer:   newDocStand(&d.Stand),
		Host:       newDocHost(d),
		Summary: docSummary{
			Sentence:      valid(d.Sentence),
			Processes:     d.Processes,
			Zombies:       len(d.Zombies),
			Transient:     d.Transient,
			NotReaping:    d.NotReaping(),
			Severity:      d.Severity.String(),
			InitWouldHelp: answer(d.InitWouldHelp),
			InitWhy:       valid(d.InitWhy),
			Blind:         d.Blind,
		},
		Check:      newDocCheck(v),
		Since:      newDocSince(d.Since),
		Namespaces: each(d.Namespaces, newDocNamespace),
		Containers: each(d.Containers, func(g *diagnose.ContainerGroup) docGroup {
			return docGroup{newDocContainer(g.Container), g.Zombies, g.NotReaping}
		}),
		Parents:  each(d.Parents, func(p *diagnose.Parent) docParent { return newDocParent(d, p) }),
		Zombies:  each(d.Zombies, func(z *diagnose.Zombie) docZombie { return newDocZombie(d, z, changed) }),
		Findings: each(d.Findings, newDocFinding),
		Unread:   each(s.Unread, newDocUnread),
	}
	if d.Limits != nil {
		doc.Limits = each(d.Limits, newDocLimit)
	}
	return doc
}

func newDocSource(d *diagnose.Diagnosis) docSource {
	s := d.Snapshot
	return docSource{Kind: string(s.Source.Kind), Path: valid(s.Source.Path), TakenAt: rfc3339(s.Taken.Get())}
}

func newDocHost(d *diagnose.Diagnosis) docHost {
	h := d.Snapshot.Host
	return docHost{Kernel: validOpt(h.Kernel), BootID: validOpt(h.BootID), BootTime: rfc3339(h.BootTime.Get()), CPUs: pointer(h.CPUs)}
}

func newDocLimit(l *diagnose.Limit) docLimit {
	out := docLimit{
		Name: valid(l.Name), Path: valid(l.Path), Used: pointer(l.Used), Max: l.Max, Zombies: l.Zombies,
		LowerBound: l.LowerBound, Refusals: pointer(l.Refusals), SetBy: valid(l.SetBy),
	}
	if l.FullIn.Known() {
		out.FullIn = &docAge{seconds(l.Full.AtLeast), seconds(l.Full.AtMost)}
	}
	return out
}

func newDocContainer(c *diagnose.Container) *docContainer {
	if c == nil {
		return nil
	}
	return &docContainer{
		Kind: valid(string(c.Engine)), ID: known(c.ID), Name: known(c.Name),
		Pod: known(c.Pod), Namespace: known(c.Namespace), PodUID: known(c.PodUID),
	}
}

func newDocNamespace(n *diagnose.Namespace) docNamespace {
	out := docNamespace{ID: pointer(n.ID), Ours: n.Ours, Host: n.Host, Zombies: n.Zombies, Container: newDocContainer(n.Container)}
	if n.PID1 != nil {
		out.PID1 = newDocPID1(n.PID1)
	}
	return out
}

func newDocPID1(p *diagnose.PID1) *docPID1 {
	out := &docPID1{
		Command:            valid(bounded(p.Command)),
		Program:            known(p.Program),
		Init:               answer(p.Init),
		Reaps:              answer(p.Reaps),
		ReapsWhy:           valid(p.ReapsWhy),
		ForwardsSigterm:    answer(p.ForwardsSigterm),
		ForwardsSigtermWhy: valid(p.ForwardsSigtermWhy),
	}
	if p.Process != nil {
		out.PID = &p.Process.PID
	}
	return out
}

func newDocParent(d *diagnose.Diagnosis, p *diagnose.Parent) docParent {
	out := docParent{
		PID:           told(p.PID),
		Command:       known(bounded(p.Command)),
		Zombies:       p.Zombies,
		Held:          p.Held,
		Adopted:       p.Adopted,
		Own:           p.Own,
		UnknownOrigin: p.UnknownOrigin,
		InitWouldHelp: answer(p.InitWouldHelp),
		InitWhy:       valid(p.InitWhy),
		Why:           valid(p.Why),
		Rules:         list(p.Rules),
		InnerPID:      innerPID(p.Process),
		Container:     newDocContainer(p.Container),
	}
	if p.Zombies > 0 {
		oldest, newest := newDocAge(p.Oldest), newDocAge(p.Newest)
		out.OldestAge, out.NewestAge = &oldest, &newest
		out.PerDay = pointer(p.Rate.PerDay)
	}
	if proc := p.Process; proc != nil {
		comm := valid(proc.Comm)
		out.StartTicks, out.State, out.Comm = startTicks(proc), state(proc), &comm
		out.StartTime = rfc3339(d.StartTime(proc))
	}
	return out
}

func newDocZombie(d *diagnose.Diagnosis, z *diagnose.Zombie, changed changes) docZombie {
	p := z.Process
	out := docZombie{
		PID:        p.PID,
		StartTicks: startTicks(p),
		PPID:       told(z.PPID),
		Comm:       valid(p.Comm),
		StartTime:  rfc3339(d.StartTime(p)),
		Origin:     origin(z.Origin),
		UID:        uid(p),
		Age:        newDocAge(z.Age),
		Exit:       newDocExit(z.Exit),
		Rules:      list(z.Rules),
		InnerPID:   innerPID(p),
		Container:  newDocContainer(z.Container),
		Since:      changed[p],
	}
	if out.Origin != string(diagnose.UnknownOrigin) {
		out.OriginCertainty = known(string(z.OriginSure))
	}
	if hz, ok := d.Snapshot.Host.UserHZ.Get(); ok && hz > 0 {
		seconds := (float64(p.UTime) + float64(p.STime)) / float64(hz)
		out.CPUSeconds = &seconds
	}
	return out
}

func newDocFinding(f *diagnose.Finding) docFinding {
	out := docFinding{
		Rule:      f.Rule,
		Name:      f.Name,
		Severity:  f.Severity.String(),
		Certainty: string(f.Certainty),
		Message:   valid(f.Message),
		Zombies:   f.Zombies,
		Evidence:  each(f.Evidence, newDocEvidence),
		Missing:   each(f.Missing, newDocUnread),
		Advice:    list(f.Advice),
	}
	out.Subject = newDocSubject(f)
	return out
}

func newDocSubject(f *diagnose.Finding) *docSubject {
	if f.Subject.PID == 0 {
		return nil
	}
	return &docSubject{PID: f.Subject.PID, StartTicks: pointer(f.Subject.Start), Comm: known(f.Comm)}
}

func newDocEvidence(e *diagnose.Evidence) docEvidence {
	return docEvidence{valid(e.File), valid(e.Field), valid(e.Value)}
}

func newDocUnread(u *scan.Unread) docUnreadFile {
	out := docUnreadFile{File: valid(rooted(u.File)), Error: valid(u.Reason), Denied: u.Denied}
	if u.PID != 0 {
		out.PID = &u.PID
	}
	return out
}

// each maps a slice to one that is never null.
func each[T, U any](in []T, f func(*T) U) []U {
	out := make([]U, len(in))
	for i := range in {
		out[i] = f(&in[i])
	}
	return out
}

func list(in []string) []string {
	return each(in, func(s *string) string { return valid(*s) })
}

// pointer is null for what is unknown.
func pointer[T any](o scan.Opt[T]) *T {
	if v, ok := o.Get(); ok {
		return &v
	}
	return nil
}

func validOpt(o scan.Opt[string]) *string {
	if s, ok := o.Get(); ok {
		s = valid(s)
		return &s
	}
	return nil
}

// known is null for the empty string, where that means unknown.
func known(s string) *string {
	if s == "" {
		return nil
	}
	s = valid(s)
	return &s
}

// rfc3339 is null also for years that RFC 3339 cannot write, as a damaged
// recording may give.
func rfc3339(t time.Time, ok bool) *string {
	t = t.UTC()
	if !ok || t.Year() < 0 || t.Year() > 9999 {
		return nil
	}
	s := t.Format(time.RFC3339)
	return &s
}

func answer(a diagnose.Answer) string {
	if a == "" {
		return string(diagnose.Unknown)
	}
	return string(a)
}

func origin(o diagnose.Origin) string {
	if o == "" {
		return string(diagnose.UnknownOrigin)
	}
	return string(o)
}
