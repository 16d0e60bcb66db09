package report

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/report/metrics"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// exposed reads metrics as Prometheus does.
func exposed(t testing.TB, text []byte) map[string]*dto.MetricFamily {
	t.Helper()
	p := expfmt.NewTextParser(model.LegacyValidation)
	families, err := p.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	return families
}

func TestPrometheusParses(t *testing.T) {
	for _, c := range cases {
		for _, check := range []bool{false, true} {
			families := exposed(t, variant{"", "prometheus", Style{}, check}.render(t, c.make()))
			d := c.make()
			if got := families["zombiectl_zombies"].Metric[0].GetGauge().GetValue(); got != float64(len(d.Zombies)) {
				t.Errorf("%s: %v zombies", c.name, got)
			}
			if got := families["zombiectl_blind"].Metric[0].GetGauge().GetValue(); (got == 1) != d.Blind {
				t.Errorf("%s: blind %v", c.name, got)
			}
			if (families["zombiectl_check_status"] != nil) != check {
				t.Errorf("%s: check %v", c.name, check)
			}
			for name, f := range families {
				seen := map[string]bool{}
				for _, m := range f.Metric {
					if key := fmt.Sprint(m.Label); seen[key] {
						t.Errorf("%s: %s twice with %s", c.name, name, key)
					} else {
						seen[key] = true
					}
					if v := m.GetGauge().GetValue(); math.IsNaN(v) || math.IsInf(v, 0) {
						t.Errorf("%s: %s is %v", c.name, name, v)
					}
				}
			}
		}
	}
}

// A name comes back from the text as it went in.
func TestPrometheusLabels(t *testing.T) {
	for _, s := range []string{"nginx", `a"b`, `a\b`, "a\nb", "世界", evil, `\n`, `"}`, "x\n# HELP y z\ny 1"} {
		d := besieged(s)
		got := exposed(t, variant{"", "prometheus", Style{}, false}.render(t, d))["zombiectl_parent_zombies"]
		found := false
		for _, m := range got.Metric {
			for _, l := range m.Label {
				found = found || l.GetName() == "comm" && l.GetValue() == sanitize.Clean(s)
			}
		}
		if !found {
			t.Errorf("%q is lost in %v", s, got)
		}
	}
}

// However many parents there are, the samples are as many.
func TestMetricsAreBounded(t *testing.T) {
	for _, parents := range []int{1, 20, 21, 5000} {
		samples, zombies := 0, 0.0
		other := false
		for _, f := range metrics.Of(crowd(30_000, 10_000, parents), 20) {
			samples += len(f.Samples)
			if f.Name != "zombiectl_parent_zombies" {
				continue
			}
			for _, s := range f.Samples {
				zombies += s.Value
				other = other || s.Labels[1] == "other" && s.Labels[0] == ""
			}
		}
		if zombies != 10_000 {
			t.Errorf("%d parents: %v zombies in all", parents, zombies)
		}
		if samples > 60 || other != (parents > 20) {
			t.Errorf("%d parents: %d samples, other %v", parents, samples, other)
		}
	}
}

// An unknown number has no sample, and is not 0.
func TestMetricsUnknown(t *testing.T) {
	text := string(variant{"", "prometheus", Style{}, false}.render(t, incident()))
	for _, name := range []string{"leak_zombies_per_second", "oldest_zombie_age", "pid_limit"} {
		if strings.Contains(text, name) {
			t.Errorf("%s in\n%s", name, text)
		}
	}
	d := incident()
	d.Parents[0].Rate = observe.Rate{PerDay: facts.Some(86400.0), Ongoing: true}
	text = string(variant{"", "prometheus", Style{}, false}.render(t, d))
	if !strings.Contains(text, "zombiectl_parent_leak_zombies_per_second{pid=\"1\",comm=\"uf_backend_test\",rule=\"Z301\",namespace=\"\",pod=\"\",container=\"?\"} 1\n") {
		t.Error(text)
	}
	d.Parents[0].Rate.Ongoing = false
	text = string(variant{"", "prometheus", Style{}, false}.render(t, d))
	if !strings.Contains(text, "zombiectl_parent_leak_zombies_per_second{pid=\"1\",comm=\"uf_backend_test\",rule=\"Z301\",namespace=\"\",pod=\"\",container=\"?\"} 0\n") {
		t.Error(text)
	}
}

// promtool also minds the names and the units.
func TestPromtool(t *testing.T) {
	tool, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no promtool: package prometheus")
		}
		t.Skip("no promtool: package prometheus")
	}
	check := func(text []byte) (string, error) {
		c := exec.CommandContext(t.Context(), tool, "check", "metrics")
		c.Stdin = bytes.NewReader(text)
		out, err := c.CombinedOutput()
		return string(out), err
	}
	for _, c := range cases {
		if out, err := check(variant{"", "prometheus", Style{}, true}.render(t, c.make())); err != nil || out != "" {
			t.Errorf("%s: %v: %s", c.name, err, out)
		}
	}
	if out, err := check([]byte("# TYPE zombieCount gauge\nzombieCount 1\n")); err == nil && out == "" {
		t.Error("promtool accepts everything")
	}
}
