// Command gen writes the documentation that comes from the code: the runbooks,
// the topics, the page of flags, and the parts between markers in the pages that
// people write. It draws the pictures of the HTML page anew where that has
// changed.
//
//	go run ./docs/gen
//
// It is run in the root of the repository. The markers are HTML comments:
//
//	<!-- run: scan --demo -->          what the program prints, with its exit code
//	<!-- run: scan --demo | head -1 --> the first lines of it
//	<!-- screen 88: scan --demo -->    what it prints on a terminal of 88 columns
//	<!-- screen 88x11: scan --demo --> the first 11 lines of that
//	<!-- flags: scan -->               the flags of a command
//	<!-- exit codes: all -->           what every command exits with
//	<!-- end -->
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/cmd"
	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report"
)

// written are the pages that people write and in which parts are generated.
var written = []string{
	"README.md", "docs/ci.md", "docs/exit-codes.md", "docs/reading-a-report.md", "docs/reap.md",
	"docs/recordings.md", "docs/runbooks/on-call.md",
}

// Directories in which every page is generated.
const (
	runbooks = "docs/runbooks"
	topics   = "docs/topics"
)

// notice opens a page that nobody should edit. A browser does not show it.
const notice = "<!-- Written by docs/gen from the catalogue in diagnose: make generate. -->\n\n"

// example is the request of a marker: the arguments of zombiectl, and how much
// of its output is shown.
type example struct {
	args  []string
	width int  // columns of the terminal that it prints to; 0: it is not a terminal
	lines int  // the first lines only; 0: all
	piped bool // the lines are cut by a head that is shown
}

func main() {
	p, err := makePlan(".")
	if err == nil {
		err = p.carryOut(".")
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "gen: error: %v\n", err)
		os.Exit(1)
	}
}

// plan lists the stale files: pages to write, by path below the root of the
// repository, pages that nothing generates any more, and pictures to draw.
type plan struct {
	write  map[string]string
	remove []string
	draw   []picture
}

// makePlan compares the present pages with fresh ones. The examples in the pages
// are run with paths that are relative to root, so it has to be the working
// directory where they read files.
func makePlan(root string) (*plan, error) {
	want := catalogue()
	want[flagsPage] = allFlags()
	want[environmentPage] = environment()
	for _, name := range written {
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return nil, err
		}
		if want[name], err = fill(string(b)); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	p := &plan{write: map[string]string{}, draw: stalePictures(root)}
	for name, text := range want {
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err != nil || string(b) != text {
			p.write[name] = text
		}
	}
	for _, dir := range []string{runbooks, topics} {
		entries, err := os.ReadDir(filepath.Join(root, dir))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, e := range entries {
			if name := path.Join(dir, e.Name()); want[name] == "" {
				p.remove = append(p.remove, name)
			}
		}
	}
	return p, nil
}

func (p *plan) carryOut(root string) error {
	for name, text := range p.write {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
	}
	for _, name := range p.remove {
		if err := os.Remove(filepath.Join(root, name)); err != nil {
			return err
		}
	}
	return drawPictures(root, p.draw)
}

// catalogue returns the pages of the rules and topics, and their index.
func catalogue() map[string]string {
	pages := map[string]string{}
	var index strings.Builder
	index.WriteString(notice + "# Runbooks\n\nIf you were paged, [on-call.md](on-call.md) leads from the page to the cure. Every rule has a page of its own; `zombiectl explain RULE` prints the same.\n\n" +
		"| Rule | Name | Severity | |\n|---|---|---|---|\n")
	for _, r := range diagnose.Rules() {
		name := r.ID + "-" + r.Name + ".md"
		pages[path.Join(runbooks, name)] = notice + report.Runbook(r)
		fmt.Fprintf(&index, "| [%s](%s) | %s | %s | %s |\n", r.ID, name, r.Name, r.Severity, cell(r.Title))
	}
	index.WriteString("\nThe severity is the default; a finding may be graver. Each finding says how sure it is: " +
		"certain, likely or possible.\n\n## Topics\n\n`zombiectl explain TOPIC` prints the same.\n\n")
	for _, t := range diagnose.Topics() {
		name := t.Name + ".md"
		pages[path.Join(topics, name)] = notice + report.TopicPage(&t)
		fmt.Fprintf(&index, "- [%s](../topics/%s): %s\n", t.Name, name, t.Title)
	}
	pages[path.Join(runbooks, "README.md")] = index.String()
	return pages
}

const endMarker = "<!-- end -->"

// marker begins a generated part: <!-- KIND: ARGUMENTS -->.
var marker = regexp.MustCompile(`^<!-- (run|flags|exit codes|screen (\d+)(?:x(\d+))?): (.+) -->$`)

// head ends the arguments of an example of which the first lines are shown.
var head = regexp.MustCompile(`^(.+) \| head -(\d+)$`)

// fill writes the generated parts of a page anew. The text outside the markers
// stays as it is.
func fill(page string) (string, error) {
	var out strings.Builder
	open := 0 // the line of the marker that is open
	for i, line := range strings.SplitAfter(page, "\n") {
		text := strings.TrimSuffix(line, "\n")
		m := marker.FindStringSubmatch(text)
		switch {
		case open > 0 && m != nil:
			return "", fmt.Errorf("line %d: the part that begins at line %d has no end", i+1, open)
		case open > 0 && text == endMarker:
			open = 0
			out.WriteString(line)
		case open > 0:
		case text == endMarker:
			return "", fmt.Errorf("line %d: the end of nothing", i+1)
		default:
			out.WriteString(line)
			if m == nil {
				continue
			}
			open = i + 1
			part, err := generated(m)
			if err != nil {
				return "", fmt.Errorf("line %d: %w", i+1, err)
			}
			out.WriteString(part)
		}
	}
	if open > 0 {
		return "", fmt.Errorf("the part that begins at line %d has no end", open)
	}
	return out.String(), nil
}

// generated returns the part that a marker asks for, by the match of the marker.
func generated(m []string) (string, error) {
	if m[1] == "flags" {
		return flags(strings.Fields(m[4]))
	}
	if m[1] == "exit codes" {
		return exitCodes(), nil
	}
	e := example{}
	e.width, _ = strconv.Atoi(m[2]) // digits, or missing
	e.lines, _ = strconv.Atoi(m[3])
	if h := head.FindStringSubmatch(m[4]); h != nil {
		if e.width > 0 {
			return "", errors.New("what goes into a pipe is not for a terminal: write <!-- screen 88x11: ... -->")
		}
		m[4], e.piped = h[1], true
		e.lines, _ = strconv.Atoi(h[2])
	}
	e.args = strings.Fields(m[4])
	return e.show(), nil
}

// show runs the program, and shows the command line, the output and, when it is
// not 0, the exit code.
func (e example) show() string {
	var out bytes.Buffer
	code := cmd.Execute(e.args, cmd.Streams{
		In: strings.NewReader(""), Out: &out, Err: &out, Width: e.width,
		Getenv: func(name string) string {
			return map[string]string{"NO_COLOR": "1", "LANG": "C.UTF-8"}[name]
		},
	})
	typed := "$ zombiectl " + strings.Join(e.args, " ")
	if e.piped {
		typed += fmt.Sprintf(" | head -%d", e.lines)
	}
	printed := out.String()
	if e.lines > 0 {
		lines := strings.SplitAfter(printed, "\n")
		printed = strings.Join(lines[:min(e.lines, len(lines))], "")
	}
	if code == 0 || e.lines > 0 {
		return fmt.Sprintf("```console\n%s\n%s```\n", typed, printed)
	}
	return fmt.Sprintf("```console\n%s; echo \"exit code $?\"\n%sexit code %d\n```\n", typed, printed, code)
}

// cell keeps a text within its cell of a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
