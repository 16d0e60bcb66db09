// Package export turns diagnoses into metrics for Prometheus. It looks when it
// is scraped, never twice at once, and no more often than it is allowed to.
package export

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report/metrics"
)

// Options of an exporter.
type Options struct {
	// Look takes a look at the machine. It is never called twice at once.
	Look func() (*diagnose.Diagnosis, error)
	// Cache is for how long a look is good enough for other scrapes.
	Cache time.Duration
	// Timeout is how long a scrape waits for a look.
	Timeout time.Duration
	// Parents is how many parents have metrics of their own.
	Parents int
	Version string
	Log     *slog.Logger
}

// Exporter answers scrapes.
type Exporter struct {
	opts     Options
	base     *prometheus.Registry // what does not come from a look
	scans    prometheus.Counter
	errors   *prometheus.CounterVec
	duration prometheus.Gauge

	mu      sync.Mutex
	running *look // nil: none is
	last    *look // the latest that is finished; nil: none is
}

// look is one look at the machine. Its fields are set before done is closed.
type look struct {
	began, ended time.Time
	done         chan struct{}
	diagnosis    *diagnose.Diagnosis
	err          error
}

// errTimeout is why a scrape has no answer: the look took longer than it may.
// It goes on, and its answer is for the next scrape.
var errTimeout = errors.New("the look did not finish in time")

// New returns an exporter.
func New(o Options) *Exporter {
	e := &Exporter{
		opts: o, base: prometheus.NewRegistry(),
		scans:    prometheus.NewCounter(prometheus.CounterOpts{Name: "zombiectl_scans_total", Help: "Looks at the machine."}),
		errors:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "zombiectl_scan_errors_total", Help: "Scrapes without an answer, by reason."}, []string{"reason"}),
		duration: prometheus.NewGauge(prometheus.GaugeOpts{Name: "zombiectl_scan_duration_seconds", Help: "How long the latest finished look took."}),
	}
	e.errors.WithLabelValues(reasonTimeout)
	e.errors.WithLabelValues(reasonFailed)
	info := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "zombiectl_exporter_build_info", Help: "Always 1; the version is a label.", ConstLabels: prometheus.Labels{"version": o.Version},
	}, func() float64 { return 1 })
	e.base.MustRegister(e.scans, e.errors, e.duration, info,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return e
}

// The reasons for which a scrape has no answer.
const (
	reasonTimeout = "timeout"
	reasonFailed  = "failed"
)

// Handler answers /metrics and /healthz.
func (e *Exporter) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", e.metrics)
	mux.HandleFunc("GET /healthz", e.healthz)
	return mux
}

// metrics answers a scrape. A look that failed makes zombiectl_up 0, and leaves
// the rest out: old figures would look like new ones.
func (e *Exporter) metrics(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), e.patience(r))
	defer cancel()
	l, err := e.latest(ctx)
	if err != nil {
		reason := reasonFailed
		if errors.Is(err, errTimeout) {
			reason = reasonTimeout
		}
		e.errors.WithLabelValues(reason).Inc()
		e.opts.Log.Error("no answer for a scrape", "err", err)
	}
	now := prometheus.NewRegistry()
	now.MustRegister(gauges(l, err != nil, e.opts.Parents))
	promhttp.HandlerFor(prometheus.Gatherers{e.base, now}, promhttp.HandlerOpts{ErrorLog: slog.NewLogLogger(e.opts.Log.Handler(), slog.LevelError)}).ServeHTTP(w, r)
}

// patience is how long a scrape may wait: less than the one who asked does.
func (e *Exporter) patience(r *http.Request) time.Duration {
	const spare = 500 * time.Millisecond
	if s, err := strconv.ParseFloat(r.Header.Get("X-Prometheus-Scrape-Timeout-Seconds"), 64); err == nil && s > 0 && s < 3600 {
		return min(e.opts.Timeout, max(time.Duration(s*float64(time.Second))-spare, spare))
	}
	return e.opts.Timeout
}

// latest returns a look that is recent enough, and waits for one if need be.
func (e *Exporter) latest(ctx context.Context) (*look, error) {
	e.mu.Lock()
	if e.running == nil && e.last != nil && time.Since(e.last.ended) < e.opts.Cache {
		defer e.mu.Unlock()
		return e.last, e.last.err
	}
	l := e.running
	if l == nil {
		l = &look{began: time.Now(), done: make(chan struct{})}
		e.running = l
		go e.run(l)
	}
	e.mu.Unlock()
	select {
	case <-l.done:
		return l, l.err
	case <-ctx.Done():
		return nil, errTimeout
	}
}

// run takes a look. It cannot be broken off: reading /proc cannot.
func (e *Exporter) run(l *look) {
	l.diagnosis, l.err = e.opts.Look()
	l.ended = time.Now()
	e.scans.Inc()
	e.duration.Set(l.ended.Sub(l.began).Seconds())
	e.mu.Lock()
	e.running, e.last = nil, l
	e.mu.Unlock()
	close(l.done)
}

// healthz says whether a scrape would get an answer, as far as is known. It
// takes no look itself.
func (e *Exporter) healthz(w http.ResponseWriter, _ *http.Request) {
	e.mu.Lock()
	running, last := e.running, e.last
	e.mu.Unlock()
	switch {
	case running != nil && time.Since(running.began) > e.opts.Timeout:
		http.Error(w, "the current look has taken longer than the timeout", http.StatusServiceUnavailable)
	case last != nil && last.err != nil:
		http.Error(w, "the latest look failed: "+strconv.Quote(last.err.Error()), http.StatusServiceUnavailable)
	default:
		_, _ = w.Write([]byte("ok\n"))
	}
}

// gauges are the metrics of a look; of one that failed, that it did.
func gauges(of *look, failed bool, parents int) prometheus.CollectorFunc {
	up := metrics.Metric{Name: "zombiectl_up", Help: "1: the machine could be looked at.", Samples: []metrics.Sample{{}}}
	var known []metrics.Metric
	if !failed {
		up.Samples[0].Value = 1
		known = metrics.Of(of.diagnosis, parents)
	}
	return func(to chan<- prometheus.Metric) {
		for _, m := range append(known, up) {
			desc := prometheus.NewDesc(m.Name, m.Help, m.Labels, nil)
			for _, s := range m.Samples {
				to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, s.Value, s.Labels...)
			}
		}
	}
}
