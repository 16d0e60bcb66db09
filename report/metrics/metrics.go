// Package metrics has the numbers of a diagnosis that are worth watching, for
// Prometheus.
package metrics

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Metric is a family of gauges of the Prometheus data model. An unknown number
// has no sample.
type Metric struct {
	Name    string
	Help    string
	Labels  []string // names
	Samples []Sample
}

// Sample is one value, and those of the labels.
type Sample struct {
	Labels []string
	Value  float64
}

const (
	// DefaultParents is how many parents have metrics of their own, unless
	// somebody wants more: each is a time series that the server has to keep.
	DefaultParents = 20
	// MaxLimits is how many limits have metrics: the tightest.
	MaxLimits = 20
)

// Of returns the numbers of a diagnosis that are worth watching. Only so many
// parents, those with the most zombies, are listed by name. The others are one,
// called "other". So the number of samples is bounded, whatever happens.
func Of(d *diagnose.Diagnosis, parents int) []Metric {
	var m metrics
	m.gauge("zombiectl_zombies", "Zombies that were not reaped, without the transient ones.", float64(len(d.Zombies)))
	m.gauge("zombiectl_zombies_transient", "Zombies that were gone at the second look, or were too young to count.", float64(d.Transient))
	m.gauge("zombiectl_processes", "Processes that were seen.", float64(d.Processes))
	m.gauge("zombiectl_parents_not_reaping", "Parents with zombies that are held against them.", float64(d.NotReaping()))
	m.gauge("zombiectl_severity", "The gravest finding: 0 none, 1 info, 2 warning, 3 critical.", float64(d.Severity))
	m.gauge("zombiectl_blind", "1: processes could not be seen, so there may be more zombies (Z901).", map[bool]float64{true: 1}[d.Blind])
	m.gauge("zombiectl_unread_files", "Files that were wanted and could not be read.", float64(len(d.Snapshot.Unread)))
	if t, ok := d.Snapshot.Taken.Get(); ok {
		m.gauge("zombiectl_scan_timestamp_seconds", "When the look was taken, in seconds since the epoch.", float64(t.UnixMilli())/1000)
	}
	m.parents(d, parents)
	m.containers(d, parents)
	m.rules(d)
	m.limits(d)
	return m
}

type metrics []Metric

func (m *metrics) gauge(name, help string, value float64) {
	*m = append(*m, Metric{Name: name, Help: help, Samples: []Sample{{Value: value}}})
}

// family adds a family, unless nothing is known of it.
func (m *metrics) family(name, help string, labels []string, samples []Sample) {
	if len(samples) > 0 {
		*m = append(*m, Metric{name, help, labels, samples})
	}
}

func (m *metrics) parents(d *diagnose.Diagnosis, most int) {
	labels := []string{"pid", "comm", "rule", "namespace", "pod", "container"}
	var zombies, ages, rates []Sample
	add := func(list *[]Sample, labels []string, value *float64) {
		if value != nil {
			*list = append(*list, Sample{labels, *value})
		}
	}
	all := words.Culprits(d)
	for _, p := range all[:min(most, len(all))] {
		pid, comm, rule := "", "?", ""
		if p.PID != facts.NoPID { // a list without PIDs has that
			pid = strconv.Itoa(p.PID)
		}
		if p.Process != nil {
			comm = sanitize.Clean(p.Process.Comm)
		}
		if len(p.Rules) > 0 {
			rule = p.Rules[0]
		}
		values := append([]string{pid, comm, rule}, containerOf(p.Container)...)
		add(&zombies, values, new(float64(p.Zombies)))
		add(&ages, values, words.Seconds(p.Oldest.AtLeast))
		add(&rates, values, perSecond(p.Rate))
	}
	if rest := all[min(most, len(all)):]; len(rest) > 0 {
		values := []string{"", "other", "", "", "", ""}
		n := 0.0
		var age, rate *float64
		for _, p := range rest {
			n += float64(p.Zombies)
			if a := words.Seconds(p.Oldest.AtLeast); a != nil && (age == nil || *a > *age) {
				age = a
			}
			if r := perSecond(p.Rate); r != nil {
				rate = new(*r + *cmp.Or(rate, new(0.0)))
			}
		}
		add(&zombies, values, &n)
		add(&ages, values, age)
		add(&rates, values, rate)
	}
	m.family("zombiectl_parent_zombies", "Zombies by the parent that does not reap them; rule is the primary cause.", labels, zombies)
	m.family("zombiectl_parent_oldest_zombie_age_seconds", "For how long, at least, the oldest zombie of a parent has been dead.", labels, ages)
	m.family("zombiectl_parent_leak_zombies_per_second", "How fast zombies of a parent come, by the times at which they died.", labels, rates)
}

// containerOf returns the namespace, the pod and the container; all empty for a
// process outside any container.
func containerOf(c *diagnose.Container) []string {
	switch {
	case c == nil:
		return []string{"", "", "?"}
	case c.Engine == diagnose.NoContainer:
		return []string{"", "", ""}
	}
	return []string{sanitize.Clean(c.Namespace), sanitize.Clean(cmp.Or(c.Pod, c.PodUID)), cmp.Or(sanitize.Clean(c.Name), words.ShortID(c))}
}

func (m *metrics) containers(d *diagnose.Diagnosis, most int) {
	var samples []Sample
	other := 0
	for _, g := range d.Containers {
		values := containerOf(g.Container)
		at := slices.IndexFunc(samples, func(s Sample) bool { return slices.Equal(s.Labels, values) })
		switch {
		case at >= 0: // two may have one name, and a series twice would void all of them
			samples[at].Value += float64(g.Zombies)
		case len(samples) == most:
			other += g.Zombies
		case g.Zombies > 0:
			samples = append(samples, Sample{values, float64(g.Zombies)})
		}
	}
	if other > 0 {
		samples = append(samples, Sample{[]string{"", "", "other"}, float64(other)})
	}
	m.family("zombiectl_container_zombies", "Zombies by container; the label container is empty for those in none.", []string{"namespace", "pod", "container"}, samples)
}

// perSecond is the rate of an ongoing leak. One that is over leaks nothing.
func perSecond(r observe.Rate) *float64 {
	perDay, ok := r.PerDay.Get()
	if !ok {
		return nil
	}
	if !r.Ongoing {
		perDay = 0
	}
	return new(perDay / (24 * 60 * 60))
}

func (m *metrics) rules(d *diagnose.Diagnosis) {
	type count struct {
		findings, zombies int
		worst             diagnose.Severity
	}
	found := map[string]count{}
	for _, f := range d.Findings {
		c := found[f.Rule]
		found[f.Rule] = count{c.findings + 1, c.zombies + f.Zombies, max(c.worst, f.Severity)}
	}
	var findings, zombies []Sample
	for _, id := range slices.Sorted(maps.Keys(found)) {
		c := found[id]
		labels := []string{sanitize.Clean(id), "", c.worst.String()}
		if r := diagnose.FindRule(id); r != nil {
			labels[1] = r.Name
		}
		findings = append(findings, Sample{labels, float64(c.findings)})
		zombies = append(zombies, Sample{labels, float64(c.zombies)})
	}
	labels := []string{"rule", "name", "severity"}
	m.family("zombiectl_rule_findings", "Findings by rule.", labels, findings)
	m.family("zombiectl_rule_zombies", "Zombies that the findings of a rule are about; one may be in several.", labels, zombies)
}

func (m *metrics) limits(d *diagnose.Diagnosis) {
	labels := []string{"limit", "path"}
	var used, most, zombies, full []Sample
	for _, l := range d.Limits {
		values := []string{sanitize.Clean(l.Name), sanitize.Clean(l.Path)}
		if len(most) == MaxLimits || slices.ContainsFunc(most, func(s Sample) bool { return slices.Equal(s.Labels, values) }) {
			continue // a series twice would void all of them
		}
		if n, ok := l.Used.Get(); ok {
			used = append(used, Sample{values, float64(n)})
		}
		most = append(most, Sample{values, float64(l.Max)})
		zombies = append(zombies, Sample{values, float64(l.Zombies)})
		if s := words.Seconds(l.FullIn); s != nil {
			full = append(full, Sample{values, *s})
		}
	}
	m.family("zombiectl_pid_limit_used", "How much of a limit on processes is used, zombies included.", labels, used)
	m.family("zombiectl_pid_limit_max", "A limit on processes that applies to a parent of zombies.", labels, most)
	m.family("zombiectl_pid_limit_zombies", "How much of a limit zombies hold.", labels, zombies)
	m.family("zombiectl_pid_limit_full_seconds", "Until a limit is used up, at the rate at which zombies come.", labels, full)
}

// Write writes the metrics in the text format of Prometheus, for the
// textfile collector of its node exporter.
func Write(out *bytes.Buffer, d *diagnose.Diagnosis, v *verdict.Verdict) {
	m := metrics(Of(d, DefaultParents))
	if v != nil {
		m.gauge("zombiectl_check_status", "The exit code of the check: 0 ok, 1 warning, 2 critical, 3 no answer.", float64(v.ExitCode))
	}
	for _, f := range m {
		out.WriteString("# HELP " + f.Name + " " + f.Help + "\n# TYPE " + f.Name + " gauge\n")
		for _, s := range f.Samples {
			var labels []string
			for i, l := range f.Labels {
				labels = append(labels, l+`="`+labelEscaper.Replace(s.Labels[i])+`"`)
			}
			out.WriteString(f.Name)
			if len(labels) > 0 {
				out.WriteString("{" + strings.Join(labels, ",") + "}")
			}
			out.WriteString(" " + strconv.FormatFloat(s.Value, 'g', -1, 64) + "\n")
		}
	}
}

var labelEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
