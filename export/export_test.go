package export

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/fixtures"
	"github.com/zombiectl/zombiectl/report"
	"github.com/zombiectl/zombiectl/scan"
)

func incident(t testing.TB) *diagnose.Diagnosis {
	t.Helper()
	r, err := scan.OpenFS(fixtures.Demo(), "incident")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s, err := scan.Look(r, scan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return diagnose.Diagnose(s, diagnose.Options{})
}

func server(t testing.TB, o Options) *httptest.Server {
	t.Helper()
	if o.Timeout == 0 {
		o.Timeout = time.Minute
	}
	if o.Parents == 0 {
		o.Parents = 20
	}
	o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	s := httptest.NewServer(New(o).Handler())
	t.Cleanup(s.Close)
	return s
}

// get asks for a page, with headers in pairs.
func get(t testing.TB, url string, headers ...string) (int, []byte) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, b
}

func families(t testing.TB, text []byte) map[string]*dto.MetricFamily {
	t.Helper()
	p := expfmt.NewTextParser(model.LegacyValidation)
	f, err := p.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	return f
}

// value returns that of a metric without labels, or with those given.
func value(t testing.TB, url, name string, labels ...string) float64 {
	t.Helper()
	_, b := get(t, url+"/metrics")
	f := families(t, b)[name]
	if f == nil {
		return -1
	}
	for _, m := range f.Metric {
		if len(labels) == 0 || m.Label[0].GetValue() == labels[0] {
			return m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return -1
}

// A scrape equals the output of scan -o prometheus.
func TestSameAsTextfile(t *testing.T) {
	d := incident(t)
	s := server(t, Options{Look: func() (*diagnose.Diagnosis, error) { return d, nil }})
	_, b := get(t, s.URL+"/metrics")
	scraped := families(t, b)
	var text bytes.Buffer
	if err := report.Write(&text, "prometheus", report.Diagnosis(d), report.Style{}); err != nil {
		t.Fatal(err)
	}
	written := families(t, text.Bytes())
	if len(written) < 10 {
		t.Fatalf("only %d families", len(written))
	}
	for name, f := range written {
		if got := scraped[name]; got.String() != f.String() && !sameMetrics(got, f) {
			t.Errorf("%s:\n%v\n%v", name, got, f)
		}
		delete(scraped, name)
	}
	for _, name := range []string{"zombiectl_up", "zombiectl_scans_total", "zombiectl_scan_errors_total", "zombiectl_scan_duration_seconds", "zombiectl_exporter_build_info", "go_goroutines"} {
		if scraped[name] == nil {
			t.Errorf("no %s", name)
		}
	}
	for name := range scraped {
		if strings.HasPrefix(name, "zombiectl_") && !slices.Contains([]string{"zombiectl_up", "zombiectl_scans_total", "zombiectl_scan_errors_total", "zombiectl_scan_duration_seconds", "zombiectl_exporter_build_info"}, name) {
			t.Errorf("%s is scraped and not written", name)
		}
	}
}

// sameMetrics compares without regard to the order, of labels too.
func sameMetrics(a, b *dto.MetricFamily) bool {
	set := func(f *dto.MetricFamily) map[string]float64 {
		m := map[string]float64{}
		for _, x := range f.GetMetric() {
			var labels []string
			for _, l := range x.Label {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			slices.Sort(labels)
			m[fmt.Sprint(labels)] = x.GetGauge().GetValue()
		}
		return m
	}
	return a.GetHelp() == b.GetHelp() && a.GetType() == b.GetType() && maps.Equal(set(a), set(b))
}

// A thousand scrapes, eight at a time: one look at a time, and nothing grows.
func TestNeverTwiceAtOnce(t *testing.T) {
	d := incident(t)
	var now, most, looks atomic.Int64
	s := server(t, Options{Look: func() (*diagnose.Diagnosis, error) {
		most.Store(max(most.Load(), now.Add(1)))
		time.Sleep(time.Millisecond)
		now.Add(-1)
		looks.Add(1)
		return d, nil
	}})
	scrape := func(n int) {
		var wg sync.WaitGroup
		var left atomic.Int64
		left.Store(int64(n))
		for range 8 {
			wg.Go(func() {
				for left.Add(-1) >= 0 {
					if code, _ := get(t, s.URL+"/metrics"); code != http.StatusOK {
						t.Errorf("status %d", code)
					}
				}
			})
		}
		wg.Wait()
	}
	scrape(50)
	before := runtime.NumGoroutine()
	scrape(1000)
	if most.Load() != 1 {
		t.Errorf("%d looks at once", most.Load())
	}
	if n := looks.Load(); n < 100 || n > 1050 {
		t.Errorf("%d looks", n)
	}
	for end := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > before+8; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

func TestCache(t *testing.T) {
	d := incident(t)
	var looks atomic.Int64
	look := func() (*diagnose.Diagnosis, error) { looks.Add(1); return d, nil }
	s := server(t, Options{Look: look, Cache: time.Hour})
	for range 5 {
		get(t, s.URL+"/metrics")
	}
	if looks.Load() != 1 {
		t.Errorf("%d looks with a cache", looks.Load())
	}
	looks.Store(0)
	s = server(t, Options{Look: look})
	for range 5 {
		get(t, s.URL+"/metrics")
	}
	if looks.Load() != 5 {
		t.Errorf("%d looks without", looks.Load())
	}
}

// A look that takes too long leaves the scrape without an answer, and is not
// started again; when it is finished, all is well.
func TestTimeout(t *testing.T) {
	d := incident(t)
	release := make(chan bool)
	var looks atomic.Int64
	s := server(t, Options{Timeout: 50 * time.Millisecond, Cache: time.Hour, Look: func() (*diagnose.Diagnosis, error) {
		looks.Add(1)
		<-release
		return d, nil
	}})
	for i := range 3 {
		if up := value(t, s.URL, "zombiectl_up"); up != 0 {
			t.Errorf("up %v while the look goes on", up)
		}
		if n := value(t, s.URL, "zombiectl_scan_errors_total", reasonTimeout); n != float64(2*i+1+1) {
			t.Errorf("%v time-outs after %d", n, 2*i+2)
		}
	}
	if zombies := value(t, s.URL, "zombiectl_zombies"); zombies != -1 {
		t.Errorf("%v zombies without a look", zombies)
	}
	if code, b := get(t, s.URL+"/healthz"); code != http.StatusServiceUnavailable {
		t.Errorf("healthz: %d %s", code, b)
	}
	close(release)
	for end := time.Now().Add(20 * time.Second); value(t, s.URL, "zombiectl_up") != 1; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it stays down")
		}
	}
	if looks.Load() != 1 {
		t.Errorf("%d looks", looks.Load())
	}
	if code, _ := get(t, s.URL+"/healthz"); code != http.StatusOK {
		t.Errorf("healthz: %d", code)
	}
}

// Prometheus says how long it waits, and gets its answer before that.
func TestScrapeTimeoutHeader(t *testing.T) {
	e := New(Options{Timeout: 10 * time.Second, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	for header, want := range map[string]time.Duration{
		"": 10 * time.Second, "5": 4500 * time.Millisecond, "100": 10 * time.Second, "0.1": 500 * time.Millisecond, "x": 10 * time.Second, "-1": 10 * time.Second, "NaN": 10 * time.Second, "1e300": 10 * time.Second,
	} {
		q := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/metrics", nil)
		q.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", header)
		if got := e.patience(q); got != want {
			t.Errorf("%q: %v, want %v", header, got, want)
		}
	}
}

func TestFailure(t *testing.T) {
	fail := true
	d := incident(t)
	s := server(t, Options{Look: func() (*diagnose.Diagnosis, error) {
		if fail {
			return nil, errors.New("no procfs \x1b[2J")
		}
		return d, nil
	}})
	if code, b := get(t, s.URL+"/healthz"); code != http.StatusOK {
		t.Errorf("before the first look: %d %s", code, b)
	}
	if up := value(t, s.URL, "zombiectl_up"); up != 0 {
		t.Errorf("up %v", up)
	}
	if n := value(t, s.URL, "zombiectl_scan_errors_total", reasonFailed); n != 2 {
		t.Errorf("%v failures", n)
	}
	if code, b := get(t, s.URL+"/healthz"); code != http.StatusServiceUnavailable || bytes.Contains(b, []byte("\x1b")) {
		t.Errorf("healthz: %d %q", code, b)
	}
	fail = false
	if up := value(t, s.URL, "zombiectl_up"); up != 1 {
		t.Errorf("up %v afterwards", up)
	}
	if code, _ := get(t, s.URL+"/healthz"); code != http.StatusOK {
		t.Errorf("healthz: %d", code)
	}
}
