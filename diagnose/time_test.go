package diagnose

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/scan"
)

const testNow = 1_000_000 * time.Second // since boot

// died gives a snapshot the clock by which its zombies died so long ago. A
// process that was started a moment before its death has an exact age.
func died(s *scan.Snapshot, ages map[int]time.Duration) *scan.Snapshot {
	s.Host.UserHZ = scan.Some(uint64(100))
	s.Boottime = scan.Some(testNow)
	s.Clocks = []scan.CPUClock{{CPU: 0, ExecStartMs: float64(testNow / time.Millisecond), BoottimeNs: int64(testNow)}}
	for i := range s.Procs {
		p := &s.Procs[i]
		age, ok := ages[p.PID]
		if !ok {
			continue
		}
		death := testNow - age
		p.StartTicks = uint64((death - 20*time.Millisecond) / (10 * time.Millisecond))
		p.Deep.Sched = scan.Some(scan.Sched{ExecStartMs: float64(death) / float64(time.Millisecond)})
		if s.Again != nil {
			s.Again.Procs[p.PID] = &scan.Again{Stat: p.Stat}
		}
	}
	return s
}

// leaking is a parent, PID 7, whose zombies died so long ago.
func leaking(comm string, ages ...time.Duration) *scan.Snapshot {
	procs := []proc{tini, {pid: 7, ppid: 1, comm: "leaky"}}
	at := map[int]time.Duration{}
	for i, age := range ages {
		z := zombie(100+i, 7)
		z.comm = comm
		procs = append(procs, z)
		at[100+i] = age
	}
	return died(lookOnce(procs...), at)
}

func every(period time.Duration, n int, newest time.Duration) []time.Duration {
	var ages []time.Duration
	for i := range n {
		ages = append(ages, newest+time.Duration(n-1-i)*period)
	}
	return ages
}

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
		s    *scan.Snapshot
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
		"ages that nobody can tell":    {lookOnce(tini, proc{pid: 7, ppid: 1, comm: "leaky"}, zombie(8, 7), zombie(9, 7), zombie(10, 7), zombie(11, 7), zombie(12, 7)), nil, 0},
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
	if i < 0 || !strings.Contains(d.Findings[i].Message, "probe is started every 10.0 s (12 times): looks like an exec probe") {
		t.Errorf("got %+v", d.Findings)
	}
}

func TestMinAge(t *testing.T) {
	young := func(age time.Duration) *scan.Snapshot { return leaking("child", age) }
	unclocked := young(300 * time.Millisecond)
	unclocked.Clocks = nil
	hidden := young(300 * time.Millisecond)
	hidden.Procs[2].Deep.Sched = scan.Opt[scan.Sched]{}
	hidden.Procs[2].StartTicks = 5 // may have died at any time
	for name, c := range map[string]struct {
		s    *scan.Snapshot
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

func TestMaxAge(t *testing.T) {
	for _, c := range []struct {
		age, most time.Duration
		code      int
	}{{30 * time.Second, time.Minute, 0}, {90 * time.Second, time.Minute, 1}, {90 * time.Second, 0, 0}} {
		d := Diagnose(leaking("child", c.age), Options{})
		if v := (Policy{MaxZombies: 5, MaxAge: c.most}).Judge(d); v.ExitCode != c.code {
			t.Errorf("dead for %v, allowed %v: %+v", c.age, c.most, v)
		}
	}
}

func TestKilled(t *testing.T) {
	s := leaking("worker", every(time.Second, 6, time.Second)...)
	for i := range s.Procs {
		if s.Procs[i].State == scan.Zombie {
			s.Procs[i].ExitCode = scan.Some(9)
		}
	}
	d := Diagnose(s, Options{})
	if i := slices.IndexFunc(d.Findings, func(f Finding) bool { return f.Rule == "Z201" }); !strings.Contains(d.Findings[i].Message, "6 of them were killed by SIGKILL: possibly the OOM killer") {
		t.Errorf("got %q", d.Findings[i].Message)
	}
	for kills, want := range map[uint64]string{0: "possibly a time-out; the OOM killer has not struck", 3: "the OOM killer, which has struck 3 times in its cgroup"} {
		s.Find(7).Deep.OOM = scan.Some(scan.OOM{File: "sys/fs/cgroup/a/memory.events", Kills: kills})
		d := Diagnose(s, Options{})
		i := slices.IndexFunc(d.Findings, func(f Finding) bool { return f.Rule == "Z201" })
		if !strings.Contains(d.Findings[i].Message, want) || !slices.ContainsFunc(d.Findings[i].Evidence, func(e Evidence) bool { return e.File == "/sys/fs/cgroup/a/memory.events" }) {
			t.Errorf("%d kills: got %+v", kills, d.Findings[i])
		}
	}
}

func TestOutOfOrder(t *testing.T) {
	// PID 1 forked 20 and 40; 10 is older than 20 and is listed behind it, so
	// it was adopted; 30 may be either.
	s := look(app, proc{pid: 20, ppid: 1, comm: "own"}, zombie(10, 1), zombie(30, 1), proc{pid: 40, ppid: 1, comm: "own"})
	threads, _ := s.Procs[0].Deep.Threads.Get()
	threads[0].Children = scan.Some([]int{20, 10, 30, 40})
	d := Diagnose(s, Options{})
	for _, z := range d.Zombies {
		want := map[int]Origin{10: Adopted, 30: UnknownOrigin}[z.Process.PID]
		if z.Origin != want {
			t.Errorf("PID %d: %s, want %s", z.Process.PID, z.Origin, want)
		}
	}
	// With two threads there are two lists, and the order says nothing.
	s.Procs[0].NumThreads = 2
	if d := Diagnose(s, Options{}); d.Zombies[0].Origin != UnknownOrigin {
		t.Errorf("two threads: %s", d.Zombies[0].Origin)
	}
}

func TestTexts(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0ms", 999 * time.Millisecond: "999ms", 59 * time.Second: "59s", 61 * time.Second: "1m01s",
		11 * time.Minute: "11m", 61 * time.Minute: "1h01m", 11 * time.Hour: "11h", 47 * time.Hour: "47h", 20 * day: "20d"} {
		if got := DurationText(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	for rate, want := range map[float64]string{1.1: "1.1/day", 240: "10.0/h", 43200: "30.0/min", 864000: "10.0/s"} {
		if got := RateText(rate); got != want {
			t.Errorf("%v: %q, want %q", rate, got, want)
		}
	}
	some := func(d time.Duration) scan.Opt[time.Duration] { return scan.Some(d) }
	for want, a := range map[string]scan.Age{
		"?":      {AtMost: some(time.Hour)},
		"5m00s":  {AtLeast: some(5 * time.Minute), AtMost: some(5*time.Minute + 100*time.Millisecond), Clocked: true},
		"~2h00m": {AtLeast: some(time.Hour), AtMost: some(3 * time.Hour), Clocked: true},
		"~1h00m": {AtLeast: some(time.Hour), Clocked: true},
	} {
		if got := AgeText(a); got != want {
			t.Errorf("%+v: %q, want %q", a, got, want)
		}
	}
}
