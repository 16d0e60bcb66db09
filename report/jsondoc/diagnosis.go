// Package jsondoc has the published documents, docs/schema, which JSON and YAML
// are made of: names and order are stable, and a pointer is null when the fact
// is unknown. Strings are unchanged, but for bytes that are not UTF-8.
package jsondoc

import (
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/report/doc"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// Diagnosis is docs/schema/diagnosis-v1.schema.json.
type Diagnosis struct {
	head
	Source     source       `json:"source"`
	Observer   observer     `json:"observer"`
	Host       host         `json:"host"`
	Summary    summary      `json:"summary"`
	Check      *check       `json:"check,omitempty"`
	Since      *since       `json:"since,omitempty"`
	Namespaces []namespace  `json:"namespaces"`
	Containers []group      `json:"containers"`
	Parents    []parent     `json:"parents"`
	Zombies    []zombie     `json:"zombies"`
	Limits     []limit      `json:"limits"`
	Findings   []finding    `json:"findings"`
	Unread     []unreadFile `json:"unread"`
}

type summary struct {
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

type group struct {
	Container  *container `json:"container"`
	Zombies    int        `json:"zombies"`
	NotReaping int        `json:"notReaping"`
}

type parent struct {
	PID           *int       `json:"pid"`
	StartTicks    *uint64    `json:"startTicks"`
	StartTime     *string    `json:"startTime"`
	Command       *string    `json:"command"`
	Comm          *string    `json:"comm"`
	State         *string    `json:"state"`
	Zombies       int        `json:"zombies"`
	Held          int        `json:"held"`
	Adopted       int        `json:"adopted"`
	Own           int        `json:"own"`
	UnknownOrigin int        `json:"unknownOrigin"`
	OldestAge     *age       `json:"oldestAge"`
	NewestAge     *age       `json:"newestAge"`
	PerDay        *float64   `json:"perDay"`
	InitWouldHelp string     `json:"initWouldHelp"`
	InitWhy       string     `json:"initWhy"`
	Why           string     `json:"why"`
	Rules         []string   `json:"rules"`
	InnerPID      *int       `json:"innerPid"`
	Container     *container `json:"container"`
}

type zombie struct {
	PID             int        `json:"pid"`
	StartTicks      *uint64    `json:"startTicks"`
	PPID            *int       `json:"ppid"`
	Comm            string     `json:"comm"`
	StartTime       *string    `json:"startTime"`
	Age             age        `json:"age"`
	Exit            *exit      `json:"exit"`
	Origin          string     `json:"origin"`
	OriginCertainty *string    `json:"originCertainty"`
	CPUSeconds      *float64   `json:"cpuSeconds"`
	UID             *int       `json:"uid"`
	Rules           []string   `json:"rules"`
	InnerPID        *int       `json:"innerPid"`
	Container       *container `json:"container"`
	Since           string     `json:"since,omitempty"`
}

type limit struct {
	Name       string  `json:"name"`
	Path       string  `json:"path"`
	Used       *uint64 `json:"used"`
	Max        uint64  `json:"max"`
	Zombies    int     `json:"zombies"`
	LowerBound bool    `json:"lowerBound"`
	Refusals   *uint64 `json:"refusals"`
	SetBy      string  `json:"setBy"`
	FullIn     *age    `json:"fullIn"`
}

type finding struct {
	Rule      string       `json:"rule"`
	Name      string       `json:"name"`
	Severity  string       `json:"severity"`
	Certainty string       `json:"certainty"`
	Subject   *subject     `json:"subject"`
	Message   string       `json:"message"`
	Zombies   int          `json:"zombies"`
	Evidence  []evidence   `json:"evidence"`
	Missing   []unreadFile `json:"missing"`
	Advice    []string     `json:"advice"`
}

// NewDiagnosis fills the document on a diagnosis; with a verdict, its check.
func NewDiagnosis(d *diagnose.Diagnosis, v *verdict.Verdict) Diagnosis {
	changed := words.NewChanges(d.Since)
	doc := Diagnosis{
		head: head{apiVersion, "Diagnosis"}, Source: newSource(d), Observer: newObserver(&d.Viewpoint), Host: newHost(d),
		Summary: summary{
			Sentence: sanitize.Valid(d.Sentence), Processes: d.Processes, Zombies: len(d.Zombies), Transient: d.Transient, NotReaping: d.NotReaping(),
			Severity: d.Severity.String(), InitWouldHelp: words.Answer(d.InitWouldHelp), InitWhy: sanitize.Valid(d.InitWhy), Blind: d.Blind,
		},
		Check: newCheck(v), Since: newSince(d.Since), Namespaces: each(d.Namespaces, newNamespace),
		Containers: each(d.Containers, func(g *diagnose.ContainerGroup) group {
			return group{newContainer(g.Container), g.Zombies, g.NotReaping}
		}),
		Parents:  each(d.Parents, func(p *diagnose.Parent) parent { return newParent(d, p) }),
		Zombies:  each(d.Zombies, func(z *diagnose.Zombie) zombie { return newZombie(d, z, changed) }),
		Findings: each(d.Findings, newFinding),
		Unread:   each(d.Snapshot.Unread, newUnread),
	}
	if d.Limits != nil {
		doc.Limits = each(d.Limits, newLimit)
	}
	return doc
}

func newParent(d *diagnose.Diagnosis, p *diagnose.Parent) parent {
	out := parent{
		PID: words.Told(p.PID), Command: known(words.Bounded(p.Command)), Zombies: p.Zombies, Held: p.Held,
		Adopted: p.Adopted, Own: p.Own, UnknownOrigin: p.UnknownOrigin,
		InitWouldHelp: words.Answer(p.InitWouldHelp), InitWhy: sanitize.Valid(p.InitWhy), Why: sanitize.Valid(p.Why),
		Rules: list(p.Rules), InnerPID: words.InnerPID(p.Process), Container: newContainer(p.Container),
	}
	if p.Zombies > 0 {
		out.OldestAge, out.NewestAge = new(newAge(p.Oldest)), new(newAge(p.Newest))
		out.PerDay = words.Pointer(p.Rate.PerDay)
	}
	if proc := p.Process; proc != nil {
		out.StartTicks, out.State, out.Comm = startTicks(proc), state(proc), new(sanitize.Valid(proc.Comm))
		out.StartTime = words.RFC3339(d.StartTime(proc))
	}
	return out
}

func newZombie(d *diagnose.Diagnosis, z *diagnose.Zombie, changed words.Changes) zombie {
	p := z.Process
	out := zombie{
		PID: p.PID, StartTicks: startTicks(p), PPID: words.Told(z.PPID), Comm: sanitize.Valid(p.Comm), StartTime: words.RFC3339(d.StartTime(p)),
		Origin: words.Origin(z.Origin.Descent), UID: words.UID(p), Age: newAge(z.Age), Exit: newExit(z.Exit), Rules: list(z.Rules),
		InnerPID: words.InnerPID(p), Container: newContainer(z.Container), Since: changed[p],
	}
	if out.Origin != string(observe.UnknownDescent) {
		out.OriginCertainty = known(string(z.Origin.Sure))
	}
	if hz, ok := d.Snapshot.Host.UserHZ.Get(); ok && hz > 0 {
		out.CPUSeconds = new((float64(p.UTime) + float64(p.STime)) / float64(hz))
	}
	return out
}

func newLimit(l *diagnose.Limit) limit {
	out := limit{
		Name: sanitize.Valid(l.Name), Path: sanitize.Valid(l.Path), Used: words.Pointer(l.Used), Max: l.Max, Zombies: l.Zombies,
		LowerBound: l.LowerBound, Refusals: words.Pointer(l.Refusals), SetBy: sanitize.Valid(l.SetBy),
	}
	if l.FullIn.Known() {
		out.FullIn = &age{words.Seconds(l.Full.AtLeast), words.Seconds(l.Full.AtMost)}
	}
	return out
}

func newFinding(f *diagnose.Finding) finding {
	return finding{
		Rule: f.Rule, Name: f.Name, Severity: f.Severity.String(), Certainty: string(f.Certainty), Subject: newSubject(f), Zombies: f.Zombies,
		Message: sanitize.Valid(f.Message()), Advice: list(rule.Lines(f.Advice())),
		Evidence: each(f.Evidence, newEvidence), Missing: each(f.Missing, newUnread),
	}
}

type check struct {
	Status   string   `json:"status"`
	ExitCode int      `json:"exitCode"`
	Reasons  []string `json:"reasons"`
}

func newCheck(v *verdict.Verdict) *check {
	if v == nil {
		return nil
	}
	reasons := each(v.Reasons, func(r *verdict.Reason) string { return sanitize.Valid(r.Line()) })
	return &check{strings.ToLower(v.Status), v.ExitCode, reasons}
}

type since struct {
	Path        string    `json:"path"`
	TakenAt     *string   `json:"takenAt"`
	Span        *float64  `json:"span"`
	Then        int       `json:"then"`
	New         int       `json:"new"`
	Persisting  int       `json:"persisting"`
	Unseen      int       `json:"unseen"`
	Reaped      []gone    `json:"reaped"`
	Lost        []gone    `json:"lost"`
	Parents     []growth  `json:"parents"`
	NewFindings []newer   `json:"newFindings"`
	Restarts    []restart `json:"restarts"`
}

// restart is a container that was restarted between the looks.
type restart struct {
	Container *container `json:"container"`
	PID1      id         `json:"pid1"`
	Ago       *float64   `json:"ago"`
	Then      int        `json:"then"`
	Gone      int        `json:"gone"`
	New       int        `json:"new"`
}

// gone is a zombie that is there no longer, or was one.
type gone struct {
	PID        int    `json:"pid"`
	StartTicks uint64 `json:"startTicks"`
	PPID       int    `json:"ppid"`
	Comm       string `json:"comm"`
}

type growth struct {
	subject
	Then   int      `json:"then"`
	Now    int      `json:"now"`
	New    int      `json:"new"`
	Unseen int      `json:"unseen"`
	Reaped int      `json:"reaped"`
	Lost   int      `json:"lost"`
	Came   int      `json:"came"`
	Left   int      `json:"left"`
	PerDay *float64 `json:"perDay"`
}

type newer struct {
	Rule     string   `json:"rule"`
	Severity string   `json:"severity"`
	Subject  *subject `json:"subject"`
}

func newSince(c *diagnose.Comparison) *since {
	if c == nil {
		return nil
	}
	return &since{
		Path: sanitize.Valid(c.Then.Snapshot.Source.Path), TakenAt: words.RFC3339(c.Then.Snapshot.Taken.Get()), Span: words.Seconds(c.Span),
		Then: len(c.Then.Zombies), New: len(c.New), Persisting: len(c.Persisting), Unseen: len(c.Unseen),
		Reaped: each(c.Reaped, newGone), Lost: each(c.Lost, newGone), Parents: each(c.Parents, newGrowth),
		NewFindings: each(c.Findings, func(f **diagnose.Finding) newer {
			return newer{Rule: (*f).Rule, Severity: (*f).Severity.String(), Subject: newSubject(*f)}
		}),
		Restarts: each(c.Restarts, func(r *diagnose.Restart) restart {
			return restart{newContainer(r.Container), newID(r.PID1.ID()), words.Seconds(r.Ago), r.Had, r.Gone, r.New}
		}),
	}
}

func newGone(z **diagnose.Zombie) gone {
	p := (*z).Process
	return gone{PID: p.PID, StartTicks: p.StartTicks, PPID: (*z).PPID, Comm: sanitize.Valid(p.Comm)}
}

func newGrowth(g *diagnose.Growth) growth {
	return growth{
		subject: subject{id{g.PID, words.Pointer(g.ID.Start)}, known(g.Comm)}, Then: g.Then, Now: g.Now, New: g.New, Unseen: g.Unseen,
		Reaped: g.Reaped, Lost: g.Lost, Came: g.Came, Left: g.Left, PerDay: words.Pointer(g.PerDay),
	}
}

// Pods is a list of containers, each with a Diagnosis.
type Pods struct {
	head
	Items []pod `json:"items"`
}

type pod struct {
	Namespace string     `json:"namespace"`
	Pod       string     `json:"pod"`
	Container string     `json:"container"`
	Shared    bool       `json:"shared"`
	How       *string    `json:"how"`
	Error     *string    `json:"error"`
	Diagnosis *Diagnosis `json:"diagnosis"`
}

// NewPods fills the document on the containers of pods.
func NewPods(list []doc.PodContainer) Pods {
	return Pods{head{apiVersion, "DiagnosisList"}, each(list, func(c *doc.PodContainer) pod {
		item := pod{sanitize.Valid(c.Namespace), sanitize.Valid(c.Pod), sanitize.Valid(c.Container), c.Shared, known(c.How), known(c.Err), nil}
		if c.Diagnosis != nil {
			item.Diagnosis = new(NewDiagnosis(c.Diagnosis, nil))
		}
		return item
	})}
}
