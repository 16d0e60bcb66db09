package jsondoc

import (
	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/scan"
)

const (
	apiVersion = "zombiectl.dev/v1"
	kind       = "Diagnosis"
)

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
	out := namespace{ID: words.Pointer(n.ID), Ours: n.Ours, Host: n.Host, Zombies: n.Zombies, Container: newContainer(n.Container)}
	if n.PID1 != nil {
		out.PID1 = newPID1(n.PID1)
	}
	return out
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
	out := &pid1{
		Command:            sanitize.Valid(words.Bounded(p.Command)),
		Program:            known(p.Program),
		Init:               words.Answer(p.Init),
		Reaps:              words.Answer(p.Reaps),
		ReapsWhy:           sanitize.Valid(p.ReapsWhy),
		ForwardsSigterm:    words.Answer(p.ForwardsSigterm),
		ForwardsSigtermWhy: sanitize.Valid(p.ForwardsSigtermWhy),
	}
	if p.Process != nil {
		out.PID = &p.Process.PID
	}
	return out
}

type subject struct {
	PID        int     `json:"pid"`
	StartTicks *uint64 `json:"startTicks"`
	Comm       *string `json:"comm"`
}

func newSubject(f *diagnose.Finding) *subject {
	if f.Subject.PID == 0 {
		return nil
	}
	return &subject{PID: f.Subject.PID, StartTicks: words.Pointer(f.Subject.Start), Comm: known(f.Comm)}
}

type evidence struct {
	File  string `json:"file"`
	Field string `json:"field"`
	Value string `json:"value"`
}

func newEvidence(e *diagnose.Evidence) evidence {
	return evidence{sanitize.Valid(e.File), sanitize.Valid(e.Field), sanitize.Valid(e.Value)}
}

type unreadFile struct {
	PID    *int   `json:"pid"`
	File   string `json:"file"`
	Error  string `json:"error"`
	Denied bool   `json:"denied"`
}

func newUnread(u *scan.Unread) unreadFile {
	out := unreadFile{File: sanitize.Valid(words.Rooted(u.File)), Error: sanitize.Valid(u.Reason), Denied: u.Denied}
	if u.PID != 0 {
		out.PID = &u.PID
	}
	return out
}

// age is a span of time within bounds, in seconds: how long ago a zombie died.
type age struct {
	AtLeast *float64 `json:"atLeast"`
	AtMost  *float64 `json:"atMost"`
}

func newAge(a scan.Age) age { return age{words.Seconds(a.AtLeast), words.Seconds(a.AtMost)} }

// exit is how a process ended: by itself with a code, or by a signal. The
// other of the two is left out.
type exit struct {
	How        string  `json:"how"`
	Code       *int    `json:"code,omitempty"`
	Signal     *string `json:"signal,omitempty"`
	CoreDumped bool    `json:"coreDumped"`
}

func newExit(e scan.Opt[scan.Exit]) *exit {
	v, ok := e.Get()
	switch {
	case !ok:
		return nil
	case v.Signal != 0:
		name := scan.SignalName(v.Signal)
		return &exit{How: "signaled", Signal: &name, CoreDumped: v.CoreDumped}
	default:
		return &exit{How: "exited", Code: &v.Code}
	}
}
