package jsondoc

import (
	"cmp"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/sys"
)

const apiVersion = "zombiectl.dev/v1"

type head struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
}

// looked begins those on something that one look is the ground of.
type looked struct {
	head
	Source source `json:"source"`
	Host   host   `json:"host"`
}

func newLooked(kind string, d *diagnose.Diagnosis) looked {
	return looked{head{apiVersion, kind}, newSource(d), newHost(d)}
}

type source struct {
	Kind    string  `json:"kind"`
	Path    string  `json:"path"`
	TakenAt *string `json:"takenAt"`
}

func newSource(d *diagnose.Diagnosis) source {
	s := d.Snapshot
	return source{Kind: string(s.Source.Kind), Path: sanitize.Valid(s.Source.Path), TakenAt: words.RFC3339(s.Taken.Get())}
}

type host struct {
	Kernel   *string `json:"kernel"`
	BootID   *string `json:"bootId"`
	BootTime *string `json:"bootTime"`
	CPUs     *int    `json:"cpus"`
}

func newHost(d *diagnose.Diagnosis) host {
	h := d.Snapshot.Host
	return host{Kernel: validOpt(h.Kernel), BootID: validOpt(h.BootID), BootTime: words.RFC3339(h.BootTime.Get()), CPUs: words.Pointer(h.CPUs)}
}

type container struct {
	Kind      string  `json:"kind"`
	ID        *string `json:"id"`
	Name      *string `json:"name"`
	Pod       *string `json:"pod"`
	Namespace *string `json:"namespace"`
	PodUID    *string `json:"podUid"`
}

func newContainer(c *diagnose.Container) *container {
	if c == nil {
		return nil
	}
	return &container{
		Kind: sanitize.Valid(string(c.Engine)), ID: known(c.ID), Name: known(c.Name),
		Pod: known(c.Pod), Namespace: known(c.Namespace), PodUID: known(c.PodUID),
	}
}

type namespace struct {
	ID        *uint64    `json:"id"`
	Ours      bool       `json:"ours"`
	Host      bool       `json:"host"`
	Zombies   int        `json:"zombies"`
	PID1      *pid1      `json:"pid1"`
	Container *container `json:"container"`
}

func newNamespace(n *diagnose.Namespace) namespace {
	return namespace{ID: words.Pointer(n.ID), Ours: n.Ours, Host: n.Host, Zombies: n.Zombies, PID1: newPID1(n.PID1), Container: newContainer(n.Container)}
}

type pid1 struct {
	PID                *int    `json:"pid"`
	Command            string  `json:"command"`
	Program            *string `json:"program"`
	Init               string  `json:"init"`
	Reaps              string  `json:"reaps"`
	ReapsWhy           string  `json:"reapsWhy"`
	ForwardsSigterm    string  `json:"forwardsSigterm"`
	ForwardsSigtermWhy string  `json:"forwardsSigtermWhy"`
}

func newPID1(p *diagnose.PID1) *pid1 {
	if p == nil {
		return nil
	}
	out := &pid1{
		Command: sanitize.Valid(words.Bounded(p.Command)), Program: known(p.Program), Init: words.Answer(p.Init),
		Reaps: words.Answer(p.Reaps), ReapsWhy: sanitize.Valid(p.ReapsWhy),
		ForwardsSigterm: words.Answer(p.ForwardsSigterm), ForwardsSigtermWhy: sanitize.Valid(p.ForwardsSigtermWhy),
	}
	if p.Process != nil {
		out.PID = &p.Process.PID
	}
	return out
}

// id distinguishes a process from a later one with its PID.
type id struct {
	PID        int     `json:"pid"`
	StartTicks *uint64 `json:"startTicks"`
}

func newID(of facts.ID) id { return id{of.PID, words.Pointer(of.Start)} }

type subject struct {
	id
	Comm *string `json:"comm"`
}

func newSubject(f *diagnose.Finding) *subject {
	if f.Subject.PID == 0 {
		return nil
	}
	return &subject{newID(f.Subject), known(f.Comm)}
}

type evidence struct {
	File  string `json:"file"`
	Field string `json:"field"`
	Value string `json:"value"`
}

func newEvidence(e *diagnose.Evidence) evidence {
	return evidence{sanitize.Valid(e.File), sanitize.Valid(e.Fields.String()), sanitize.Valid(phrase.Value(*e))}
}

type unreadFile struct {
	PID    *int   `json:"pid"`
	File   string `json:"file"`
	Error  string `json:"error"`
	Denied bool   `json:"denied"`
}

func newUnread(u *facts.Unread) unreadFile {
	return unreadFile{PID: notZero(u.PID), File: sanitize.Valid(words.Rooted(u.File)), Error: sanitize.Valid(u.Reason), Denied: u.Denied}
}

// age is a span of time within bounds, in seconds: how long ago a zombie died.
type age struct {
	AtLeast *float64 `json:"atLeast"`
	AtMost  *float64 `json:"atMost"`
}

func newAge(a facts.Age) age { return age{words.Seconds(a.AtLeast), words.Seconds(a.AtMost)} }

// exit is how a process exited: by itself with a code, or by a signal. The other
// of the two is left out.
type exit struct {
	How        string  `json:"how"`
	Code       *int    `json:"code,omitempty"`
	Signal     *string `json:"signal,omitempty"`
	CoreDumped bool    `json:"coreDumped"`
}

func newExit(e facts.Opt[facts.Exit]) *exit {
	v, ok := e.Get()
	switch {
	case !ok:
		return nil
	case v.Signal != 0:
		return &exit{How: "signaled", Signal: signalName(v.Signal), CoreDumped: v.CoreDumped}
	default:
		return &exit{How: "exited", Code: &v.Code}
	}
}

type observer struct {
	Place     string     `json:"place"`
	Ptrace    string     `json:"ptrace"`
	UID       *int       `json:"uid"`
	Container *container `json:"container"`
	Foreign   int        `json:"foreignProcesses"`
	Better    []string   `json:"better"`
}

func newObserver(s *observe.Viewpoint) observer {
	return observer{
		Place: string(cmp.Or(s.Place, observe.Nowhere)), Ptrace: words.Answer(s.Ptrace), UID: words.Pointer(s.UID), Container: newContainer(s.Container),
		Foreign: s.Foreign, Better: list(phrase.BetterViewpoints(s)),
	}
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
	return each(in, func(s *string) string { return sanitize.Valid(*s) })
}

// validOpt returns null for an unknown string.
func validOpt(o facts.Opt[string]) *string {
	if s, ok := o.Get(); ok {
		return new(sanitize.Valid(s))
	}
	return nil
}

// known is null for the empty string, where that means unknown.
func known(s string) *string {
	if s == "" {
		return nil
	}
	return new(sanitize.Valid(s))
}

// startTicks is null where a list of processes is all that is known.
func startTicks(p *facts.Process) *uint64 { return words.Pointer(p.ID().Start) }

func state(p *facts.Process) *string {
	if !p.State.Known() {
		return nil
	}
	return known(p.State.String())
}

func signalName(n int) *string {
	if n == 0 {
		return nil
	}
	return new(sys.SignalName(n))
}

// notZero is null for a PID that is not known.
func notZero(pid int) *int {
	if pid == 0 {
		return nil
	}
	return &pid
}
