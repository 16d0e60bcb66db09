// Command table turns the measurements of bench/peers into Markdown, and
// compares them with the budgets. The exit code is 0 when all are kept, 1 when
// one is missed and 3 when DIR has nothing to judge.
//
//	table DIR
//
// DIR holds hyperfine's JSON (version, small-before, large, pstree, small-after)
// and small text files with one number each. The commands of one hyperfine run come in
// rounds: a, b, c, a, b, c. A ratio is taken within each round and the median
// of the rounds counts, so that a machine whose speed drifts moves both sides.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: table DIR")
		os.Exit(3)
	}
	kept, err := run(os.Stdout, os.Args[1])
	switch {
	case err != nil:
		fmt.Fprintf(os.Stderr, "table: error: %v\n", err)
		os.Exit(3)
	case !kept:
		os.Exit(1)
	}
}

func run(w io.Writer, dir string) (kept bool, err error) {
	m, err := load(dir)
	if err != nil {
		return false, err
	}
	return m.print(w)
}

// rounds are the times of one command, in seconds, a slice for each round.
type rounds [][]float64

// median is that of all rounds together, in seconds.
func (r rounds) median() float64 { return median(slices.Concat(r...)) }

// over is the median of the rounds' ratios to another command.
func (r rounds) over(other rounds) float64 {
	ratios := make([]float64, 0, len(r))
	for i := range min(len(r), len(other)) {
		ratios = append(ratios, median(r[i])/median(other[i]))
	}
	return median(ratios)
}

func median(values []float64) float64 {
	values = slices.Sorted(slices.Values(values))
	n := len(values)
	switch {
	case n == 0:
		return 0
	case n%2 == 1:
		return values[n/2]
	}
	return (values[n/2-1] + values[n/2]) / 2
}

// benchmark is one run of hyperfine, by the name of the command.
type benchmark map[string]rounds

// allowed are the exit codes other than 0 that are an answer and no failure:
// check finds zombies in the farm, and says so.
var allowed = map[string][]int{"zombiectl check": {1, 2}}

func parseBenchmark(r io.Reader) (benchmark, error) {
	var file struct {
		Results []struct {
			Command   string    `json:"command"`
			Times     []float64 `json:"times"`
			ExitCodes []*int    `json:"exit_codes"`
		} `json:"results"`
	}
	if err := json.NewDecoder(r).Decode(&file); err != nil {
		return nil, err
	}
	b := benchmark{}
	for _, result := range file.Results {
		if len(result.Times) == 0 || len(result.ExitCodes) != len(result.Times) {
			return nil, fmt.Errorf("%s: %d times and %d exit codes", result.Command, len(result.Times), len(result.ExitCodes))
		}
		for _, code := range result.ExitCodes {
			switch {
			case code == nil:
				return nil, fmt.Errorf("%s was killed", result.Command)
			case *code != 0 && !slices.Contains(allowed[result.Command], *code):
				return nil, fmt.Errorf("%s exited with %d", result.Command, *code)
			}
		}
		b[result.Command] = append(b[result.Command], result.Times)
	}
	return b, nil
}

// need returns the named commands, all with the same number of rounds.
func (b benchmark) need(names ...string) ([]rounds, error) {
	var found []rounds
	for _, name := range names {
		r := b[name]
		if len(r) == 0 {
			return nil, fmt.Errorf("%s was not measured", name)
		}
		if len(found) > 0 && len(r) != len(found[0]) {
			return nil, fmt.Errorf("%s has %d rounds, %s %d", name, len(r), names[0], len(found[0]))
		}
		found = append(found, r)
	}
	return found, nil
}

type measured struct {
	machine                         string
	large, pstree, small, version   benchmark
	largeProcs, smallProcs, zombies float64
	peakKiB, sizeBytes              float64
}

func load(dir string) (m measured, err error) {
	var errs []error
	var after benchmark
	for name, to := range map[string]*benchmark{
		"large": &m.large, "pstree": &m.pstree, "small-before": &m.small, "small-after": &after, "version": &m.version,
	} {
		file, err := os.Open(filepath.Join(dir, name+".json"))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		*to, err = parseBenchmark(file)
		errs = append(errs, wrap(name+".json", err), file.Close())
	}
	// The small farm is measured on both sides of the large one, so that a drift
	// of the machine between the farms does not look like a cost of their size.
	for command, more := range after {
		m.small[command] = append(m.small[command], more...)
	}
	for name, to := range map[string]*float64{
		"large.processes": &m.largeProcs, "small.processes": &m.smallProcs, "zombies": &m.zombies,
		"peak": &m.peakKiB, "size": &m.sizeBytes,
	} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		*to, err = strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
		if err == nil && *to <= 0 {
			err = errors.New("must be more than 0")
		}
		errs = append(errs, wrap(name, err))
	}
	machine, err := os.ReadFile(filepath.Join(dir, "machine"))
	m.machine = strings.TrimSpace(string(machine))
	errs = append(errs, err, m.checkScan(filepath.Join(dir, "large.scan.json")))
	return m, errors.Join(errs...)
}

func wrap(name string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// checkScan refuses to call a scan fast that did not find the zombies that are
// there.
func (m measured) checkScan(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var diagnosis struct {
		Summary struct{ Processes, Zombies float64 } `json:"summary"`
	}
	if err := json.Unmarshal(text, &diagnosis); err != nil {
		return wrap(path, err)
	}
	// A few processes of the measuring itself come and go.
	const few = 16
	if found := diagnosis.Summary; found.Zombies < m.zombies || found.Zombies > m.zombies+few ||
		found.Processes < m.largeProcs-few || found.Processes > m.largeProcs+few {
		return fmt.Errorf("the scan saw %.0f processes and %.0f zombies of %.0f and %.0f",
			found.Processes, found.Zombies, m.largeProcs, m.zombies)
	}
	return nil
}

func (m measured) print(w io.Writer) (kept bool, err error) {
	large, err1 := m.large.need("floor", "zombiectl scan", "zombiectl check", "ps", "check_procs")
	tree, err2 := m.pstree.need("floor", "zombiectl scan", "pstree")
	small, err3 := m.small.need("floor", "zombiectl scan")
	start, err4 := m.version.need("empty", "zombiectl version")
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return false, err
	}
	floor, scan, check, ps, checkProcs := large[0], large[1], large[2], large[3], large[4]

	var out strings.Builder
	fmt.Fprintf(&out, "%s\n\n%.0f processes, %.0f of them zombies; medians.\n\n", m.machine, m.largeProcs, m.zombies)
	out.WriteString("| command | time | × the floor |\n|---|---:|---:|\n")
	for _, row := range []struct {
		name        string
		command, by rounds
	}{
		{"the floor: one thread, `stat` of every process", floor, floor},
		{"`zombiectl scan --settle 0 --min-age 0 -o json`", scan, floor},
		{"`zombiectl check`", check, floor},
		{"`ps -eo pid,ppid,stat,comm`", ps, floor},
		{"`check_procs -s Z`", checkProcs, floor},
		{"`pstree -p`", tree[2], tree[0]},
	} {
		fmt.Fprintf(&out, "| %s | %s | %.2f |\n", row.name, seconds(row.command.median()), row.command.over(row.by))
	}

	out.WriteString("\n| budget | at most | measured | |\n|---|---:|---:|---|\n")
	kept = true
	perProcess := (scan.median() / m.largeProcs) / (small[1].median() / m.smallProcs)
	for _, budget := range []struct {
		name            string
		measured, bound float64
		format          func(float64) string
	}{
		{"scan, × the floor", scan.over(floor), 1.1, factor},
		{"scan, × ps", scan.over(ps), 1. / 4, factor},
		{"scan, × pstree", tree[1].over(tree[2]), 1. / 50, factor},
		{"peak memory of a scan", m.peakKiB / 1024, 64, mebibytes},
		{fmt.Sprintf("cost per process, × that among %.0f", m.smallProcs), perProcess, 1.2, factor},
		{"version, more than an empty Go program", 1000 * (start[1].median() - start[0].median()), 3, milliseconds},
		{"size of the binary", m.sizeBytes / (1 << 20), 8, mebibytes},
	} {
		verdict := "ok"
		if budget.measured > budget.bound {
			verdict, kept = "MISSED", false
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", budget.name, budget.format(budget.bound), budget.format(budget.measured), verdict)
	}
	_, err = io.WriteString(w, out.String())
	return kept, err
}

func seconds(s float64) string {
	if s < 1 {
		return fmt.Sprintf("%.1f ms", 1000*s)
	}
	return fmt.Sprintf("%.2f s", s)
}

func factor(f float64) string       { return fmt.Sprintf("%.3f", f) }
func mebibytes(m float64) string    { return fmt.Sprintf("%.1f MiB", m) }
func milliseconds(m float64) string { return fmt.Sprintf("%.2f ms", m) }
