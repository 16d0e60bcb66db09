// Command zombiectl-exporter serves metrics for Prometheus about zombies, and
// about the parents that do not reap them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/prometheus/exporter-toolkit/web"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/export"
	"github.com/zombiectl/zombiectl/report/metrics"
	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/sys"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

const exitNoAnswer = 3 // that of zombiectl

type settings struct {
	listen, from, config    string
	cache, timeout          time.Duration
	minAge, horizon, settle time.Duration
	parents                 int
	version                 bool
}

func (s *settings) parse(args []string, stdout io.Writer) error {
	f := flag.NewFlagSet("zombiectl-exporter", flag.ContinueOnError)
	f.SetOutput(io.Discard) // run reports the mistake
	f.StringVar(&s.listen, "listen", "127.0.0.1:9779", "address to listen on")
	f.StringVar(&s.config, "web-config", "", "file with settings for TLS and basic authentication, as all exporters of Prometheus take it")
	f.StringVar(&s.from, "from", "/", "root directory of the machine, or its proc directory; in a pod that has the node mounted at /host: /host")
	f.DurationVar(&s.cache, "cache", 5*time.Second, "how long other scrapes get the same look")
	f.DurationVar(&s.timeout, "timeout", 10*time.Second, "how long a scrape waits for a look; less if Prometheus itself waits less")
	f.IntVar(&s.parents, "parents", metrics.DefaultParents, "how many parents get metrics of their own; the others count as one, called other")
	f.DurationVar(&s.minAge, "min-age", diagnose.DefaultMinAge, "zombies known to be younger do not count")
	f.DurationVar(&s.horizon, "horizon", diagnose.DefaultHorizon, "a limit on processes that zombies will reach within this time is critical (Z402)")
	f.DurationVar(&s.settle, "settle", scan.DefaultSettle, "look again at zombies and their parents after this long")
	f.BoolVar(&s.version, "version", false, "print the version")
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		_, _ = fmt.Fprint(stdout, "zombiectl-exporter tells Prometheus about zombie processes and the parents that do not reap them.\n\nUsage:\n  zombiectl-exporter [flags]\n\nFlags:\n")
		f.SetOutput(stdout)
		f.PrintDefaults()
		return err
	case err != nil:
		return err
	}
	switch {
	case f.NArg() > 0:
		return fmt.Errorf("it takes no arguments, got %q", f.Arg(0))
	case s.timeout <= 0:
		return errors.New("--timeout is not above 0")
	case s.parents < 0:
		return errors.New("--parents is negative")
	}
	for name, d := range map[string]time.Duration{"cache": s.cache, "min-age": s.minAge, "horizon": s.horizon, "settle": s.settle} {
		if d < 0 {
			return fmt.Errorf("--%s is negative", name)
		}
	}
	return nil
}

func run(args []string, stdout, stderr io.Writer) int {
	var s settings
	err := s.parse(args, stdout)
	usage := err != nil
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err == nil && s.version:
		_, err = fmt.Fprintln(stdout, "zombiectl-exporter", version())
	case err == nil:
		err = serve(&s, stderr)
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "zombiectl-exporter: error: %v\n", err)
		if usage {
			_, _ = fmt.Fprintln(stderr, "zombiectl-exporter: hint: zombiectl-exporter --help lists the flags")
		}
		return exitNoAnswer
	}
	return 0
}

// serve answers until SIGINT or SIGTERM, and then lets the scrapes that are
// under way end.
func serve(s *settings, stderr io.Writer) error {
	root, err := scan.Open(s.from) // which may wait, and can be interrupted
	if err != nil {
		return err
	}
	defer root.Close()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	go reap(ctx)
	log := slog.New(slog.NewTextHandler(stderr, nil))
	e := export.New(export.Options{
		Look: func() (*diagnose.Diagnosis, error) {
			if root.FewPIDs() { // a Go program that cannot have another thread crashes
				runtime.GOMAXPROCS(1)
			}
			snapshot, err := scan.Look(root, scan.Options{Settle: s.settle})
			if err != nil {
				return nil, err
			}
			return diagnose.Diagnose(snapshot, diagnose.Options{MinAge: s.minAge, Horizon: s.horizon}), nil
		},
		Cache: s.cache, Timeout: s.timeout, Parents: s.parents, Version: version(), Log: log,
	})
	mux := http.NewServeMux()
	mux.Handle("/", e.Handler())
	landing, err := web.NewLandingPage(web.LandingConfig{
		Name: "zombiectl-exporter", Description: "Zombie processes, and who does not reap them", Version: version(), Profiling: "false",
		Links: []web.LandingLinks{{Address: "/metrics", Text: "Metrics"}, {Address: "/healthz", Text: "Health"}},
	})
	if err != nil {
		return err
	}
	mux.Handle("GET /{$}", landing)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	ended := make(chan error, 1)
	go func() {
		socket := false
		ended <- web.ListenAndServe(server, &web.FlagConfig{WebListenAddresses: &[]string{s.listen}, WebSystemdSocket: &socket, WebConfigFile: &s.config}, log)
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	stop() // a second signal ends it at once
	log.Info("shutting down")
	last, cancel := context.WithTimeout(context.Background(), s.timeout+time.Second)
	defer cancel()
	if err := server.Shutdown(last); err != nil {
		return err
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// reap waits for the orphans that we are given where we are PID 1, as in a pod:
// children of our own we have none.
func reap(ctx context.Context) {
	died := make(chan os.Signal, 1)
	signal.Notify(died, syscall.SIGCHLD)
	defer signal.Stop(died)
	for {
		sys.ReapAdopted()
		select {
		case <-ctx.Done():
			return
		case <-died:
		}
	}
}

// release is set at link time.
var release = ""

func version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
