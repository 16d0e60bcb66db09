package diagnose

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/scan/facts"
)

func rulesOf(d *Diagnosis) []string {
	var ids []string
	for _, f := range d.Findings {
		ids = append(ids, f.Rule)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func TestPatterns(t *testing.T) {
	irregular := []time.Duration{100 * time.Second, 93 * time.Second, 71 * time.Second, 64 * time.Second, 40 * time.Second, 22 * time.Second, 17 * time.Second, 2 * time.Second}
	for name, c := range map[string]struct {
		s    *facts.Snapshot
		want []string
		rate float64 // per day; 0: unknown
	}{
		"steady and regular":           {leaking("probe", every(2*time.Second, 30, time.Second)...), []string{"Z403", "Z404"}, 43200},
		"steady, not regular":          {leaking("task", irregular...), []string{"Z403"}, 7 * 86400 / 98.0},
		"one burst":                    {leaking("task", every(10*time.Millisecond, 30, 5*time.Second)...), nil, 0},
		"two bursts":                   {leaking("task", append(every(time.Millisecond, 10, time.Hour), every(time.Millisecond, 10, time.Minute)...)...), nil, 19 * 86400 / 3540.0},
		"four zombies are no pattern":  {leaking("probe", every(10*time.Second, 4, time.Second)...), nil, 0},
		"five are":                     {leaking("probe", every(10*time.Second, 5, time.Second)...), []string{"Z403", "Z404"}, 8640},
		"regular, with one gap":        {leaking("probe", slices.Concat(every(10*time.Second, 5, 62*time.Second), every(10*time.Second, 5, 2*time.Second))...), []string{"Z403", "Z404"}, 9 * 864.0},
		"it has stopped":               {leaking("probe", every(2*time.Second, 30, time.Hour)...), []string{"Z404"}, 43200},
		"ten a second are no probe":    {leaking("x", every(100*time.Millisecond, 400, time.Second)...), []string{"Z403"}, 864000},
		"a leaky tool":                 {leaking("timeout", 5*time.Second), []string{"Z405"}, 0},
		"ages that nobody can tell":    {lookOnce(tini, proc{PID: 7, PPID: 1, Comm: "leaky"}, zombie(8, 7), zombie(9, 7), zombie(10, 7), zombie(11, 7), zombie(12, 7)), nil, 0},
		"a job that ends at any time":  {leaking("job", 500*time.Second, 90*time.Second, 80*time.Second, 70*time.Second, 60*time.Second), nil, 4 * 86400 / 440.0},
		"the same second all together": {leaking("x", every(0, 10, time.Minute)...), nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := Diagnose(c.s, Options{})
			got := slices.DeleteFunc(rulesOf(d), func(r string) bool { return r < "Z4" || r > "Z5" })
			if !slices.Equal(got, c.want) {
				t.Errorf("rules %v, want %v", got, c.want)
			}
			rate, ok := d.Parents[0].Rate.PerDay.Get()
			if ok != (c.rate != 0) || ok && math.Abs(rate-c.rate) > c.rate/100 {
				t.Errorf("%v a day (known: %v), want %v", rate, ok, c.rate)
			}
			if low, ok := d.Parents[0].Rate.Low.Get(); ok {
				if high, _ := d.Parents[0].Rate.High.Get(); low > rate || high < rate {
					t.Errorf("%v a day is not between %v and %v", rate, low, high)
				}
			}
			total := 0
			if tl := d.Parents[0].Timeline; tl != nil {
				for _, n := range tl.Buckets {
					total += n
				}
				if total != d.Parents[0].Zombies {
					t.Errorf("the timeline shows %d of %d", total, d.Parents[0].Zombies)
				}
			}
		})
	}
}

func TestPeriodIsNamed(t *testing.T) {
	d := Diagnose(leaking("probe", every(10*time.Second, 12, time.Second)...), Options{})
	i := slices.IndexFunc(d.Findings, func(f Finding) bool { return f.Rule == "Z404" })
	if i < 0 || !strings.Contains(message(d.Findings[i]), "has zombies of probe, which is started every 10.0 s (12 times): that looks like an exec probe") {
		t.Errorf("got %+v", d.Findings)
	}
}

func TestMinAge(t *testing.T) {
	young := func(age time.Duration) *facts.Snapshot { return leaking("child", age) }
	unclocked := young(300 * time.Millisecond)
	unclocked.Clocks = nil
	hidden := young(300 * time.Millisecond)
	hidden.Procs[2].Deep.Sched = facts.Opt[facts.Sched]{}
	hidden.Procs[2].StartTicks = 5 // may have died at any time
	for name, c := range map[string]struct {
		s    *facts.Snapshot
		min  time.Duration
		want int
	}{
		"younger":                     {young(300 * time.Millisecond), time.Second, 0},
		"older":                       {young(1500 * time.Millisecond), time.Second, 1},
		"no minimum":                  {young(300 * time.Millisecond), 0, 1},
		"no clock, but a short life":  {unclocked, time.Second, 0},
		"unknown age is not young":    {hidden, time.Second, 1},
		"a minimum of a minute":       {young(30 * time.Second), time.Minute, 0},
		"a minimum of a minute, over": {young(61 * time.Second), time.Minute, 1},
	} {
		t.Run(name, func(t *testing.T) {
			d := Diagnose(c.s, Options{MinAge: c.min})
			if len(d.Zombies) != c.want || d.Transient != 1-c.want {
				t.Errorf("%d zombies, %d passing, want %d zombies: %s", len(d.Zombies), d.Transient, c.want, d.Sentence)
			}
		})
	}
}

// An age of over a second does what a second look does.
func TestAgeMakesCertain(t *testing.T) {
	for age, want := range map[time.Duration]Certainty{3 * time.Second: Certain, 500 * time.Millisecond: Likely} {
		d := Diagnose(leaking("child", age), Options{})
		if i := slices.IndexFunc(d.Findings, func(f Finding) bool { return f.Rule == "Z201" }); i < 0 || d.Findings[i].Certainty != want {
			t.Errorf("dead for %v, one look: got %q, want %s", age, found(d), want)
		}
	}
}

func TestKilled(t *testing.T) {
	s := leaking("worker", every(time.Second, 6, time.Second)...)
	for i := range s.Procs {
		if s.Procs[i].State == facts.Zombie {
			s.Procs[i].ExitCode = facts.Some(9)
		}
	}
	d := Diagnose(s, Options{})
	if i := slices.IndexFunc(d.Findings, func(f Finding) bool { return f.Rule == "Z201" }); !strings.Contains(message(d.Findings[i]), "6 of them were killed by SIGKILL, possibly by the OOM killer") {
		t.Errorf("got %q", message(d.Findings[i]))
	}
	for kills, want := range map[uint64]string{0: "possibly by a time-out: the OOM killer has killed nothing in its cgroup", 3: "the OOM killer, which has killed 3 times in its cgroup"} {
		s.Find(7).Deep.OOM = facts.Some(facts.OOM{File: "sys/fs/cgroup/a/memory.events", Kills: kills})
		d := Diagnose(s, Options{})
		i := slices.IndexFunc(d.Findings, func(f Finding) bool { return f.Rule == "Z201" })
		if !strings.Contains(message(d.Findings[i]), want) || !slices.ContainsFunc(d.Findings[i].Evidence, func(e Evidence) bool { return e.File == "/sys/fs/cgroup/a/memory.events" }) {
			t.Errorf("%d kills: got %+v", kills, d.Findings[i])
		}
	}
}

func TestOutOfOrder(t *testing.T) {
	// PID 1 forked 20 and 40; 10 is older than 20 and is listed behind it, so
	// it was adopted; 30 may be either.
	s := look(app, proc{PID: 20, PPID: 1, Comm: "own"}, zombie(10, 1), zombie(30, 1), proc{PID: 40, PPID: 1, Comm: "own"})
	threads, _ := s.Procs[0].Deep.Threads.Get()
	threads[0].Children = facts.Some([]int{20, 10, 30, 40})
	d := Diagnose(s, Options{})
	for _, z := range d.Zombies {
		want := map[int]observe.Descent{10: observe.Adopted, 30: observe.UnknownDescent}[z.Process.PID]
		if z.Origin.Descent != want {
			t.Errorf("PID %d: %s, want %s", z.Process.PID, z.Origin.Descent, want)
		}
	}
	// With two threads there are two lists, and the order says nothing.
	s.Procs[0].NumThreads = 2
	if d := Diagnose(s, Options{}); d.Zombies[0].Origin.Descent != observe.UnknownDescent {
		t.Errorf("two threads: %s", d.Zombies[0].Origin.Descent)
	}
}
