package export

import (
	"encoding/json"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/report/metrics"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// exported are the names of all metrics that there can be.
func exported(t *testing.T) map[string]bool {
	t.Helper()
	d := incident(t)
	d.Parents[0].Rate = observe.Rate{PerDay: facts.Some(1.0), Ongoing: true}
	d.Containers = []diagnose.ContainerGroup{{Zombies: 1}}
	for i := range d.Limits {
		d.Limits[i].FullIn = facts.Some(time.Hour)
	}
	names := map[string]bool{
		"zombiectl_up": true, "zombiectl_scans_total": true, "zombiectl_scan_errors_total": true, "zombiectl_scan_duration_seconds": true, "zombiectl_exporter_build_info": true,
	}
	for _, m := range metrics.Of(d, 20) {
		names[m.Name] = true
	}
	return names
}

// The alerts and the dashboard speak of metrics that there are.
func TestDocumentsNameMetrics(t *testing.T) {
	names := exported(t)
	name := regexp.MustCompile(`\bzombiectl_\w+`)
	for _, file := range []string{"alerts.yml", "dashboard.json"} {
		b, err := os.ReadFile("../docs/prometheus/" + file)
		if err != nil {
			t.Fatal(err)
		}
		found := name.FindAllString(string(b), -1)
		for _, n := range found {
			if !names[n] {
				t.Errorf("%s: there is no %s", file, n)
			}
		}
		if len(found) < 8 {
			t.Errorf("%s: only %d metrics", file, len(found))
		}
	}
}

func TestDashboard(t *testing.T) {
	b, err := os.ReadFile("../docs/prometheus/dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Title, UID string
		Panels     []struct {
			ID      int
			Title   string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr, RefID string }
		}
	}
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	ids := map[int]bool{}
	for i, p := range d.Panels {
		if ids[p.ID] || p.Title == "" || len(p.Targets) == 0 || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %d: %+v", i, p)
		}
		ids[p.ID] = true
		for _, q := range d.Panels[:i] {
			a, b := p.GridPos, q.GridPos
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Errorf("%q lies over %q", p.Title, q.Title)
			}
		}
	}
}
