package pid1

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// maxCommands is how many commands are counted by name. A process chooses its
// name, and one that chooses many must not make us grow.
const maxCommands = 100

// A tally counts the reaped orphans, not the program itself. Without an init
// they would be zombies, so it shows a leak that the init hides.
type tally struct {
	began   time.Time
	reaped  uint64
	unknown uint64 // of these, the ones whose command could not be read
	others  uint64 // and those of commands that came when there were too many
	by      map[string]uint64
	pass    uint64 // reaped in one go, so far
	worst   uint64 // the most that were reaped in one go
}

func newTally() *tally { return &tally{began: time.Now(), by: map[string]uint64{}} }

// add counts an orphan. known: its command could be read.
func (t *tally) add(comm string, known bool) {
	t.reaped++
	t.pass++
	t.worst = max(t.worst, t.pass)
	_, old := t.by[comm]
	switch {
	case !known:
		t.unknown++
	case old || len(t.by) < maxCommands:
		t.by[comm]++
	default:
		t.others++
	}
}

// A commandCount is part of the JSON report.
type commandCount struct {
	Comm   string `json:"comm"` // /proc/PID/comm, cut by the kernel after 15 bytes
	Reaped uint64 `json:"reaped"`
}

// commands returns the reaped orphans by command, the most frequent first.
func (t *tally) commands() []commandCount {
	list := make([]commandCount, 0, len(t.by))
	for comm, n := range t.by {
		list = append(list, commandCount{comm, n})
	}
	slices.SortFunc(list, func(a, b commandCount) int {
		return cmp.Or(cmp.Compare(b.Reaped, a.Reaped), strings.Compare(a.Comm, b.Comm))
	})
	return list
}

// line returns the report, one line with its end.
func (t *tally) line(f format) string {
	lived := time.Since(t.began)
	if f == jsonReport {
		b, err := json.Marshal(struct {
			APIVersion string         `json:"apiVersion"`
			Kind       string         `json:"kind"`
			Seconds    float64        `json:"seconds"` // since the init began
			Reaped     uint64         `json:"reaped"`
			WorstBurst uint64         `json:"worstBurst"`
			Commands   []commandCount `json:"commands"`
			Others     uint64         `json:"otherCommands"`
			Unknown    uint64         `json:"unknownCommand"`
		}{"zombiectl.dev/v1", "InitReport", lived.Round(time.Millisecond).Seconds(), t.reaped, t.worst, t.commands(), t.others, t.unknown})
		if err != nil {
			return fmt.Sprintf("zombiectl: init: error: %v\n", err)
		}
		return inASCII(string(b)) + "\n"
	}
	var b strings.Builder
	orphans := "orphans"
	if t.reaped == 1 {
		orphans = "orphan"
	}
	unit := time.Second
	if lived < 10*time.Second {
		unit = 100 * time.Millisecond
	}
	fmt.Fprintf(&b, "zombiectl: init: reaped %d %s in %s", t.reaped, orphans, lived.Round(unit))
	for i, c := range t.commands() {
		b.WriteString([]string{", ", ": "}[min(1, max(0, 1-i))])
		fmt.Fprintf(&b, "%s %d", printable(c.Comm), c.Reaped)
	}
	if t.others > 0 {
		fmt.Fprintf(&b, ", other commands %d", t.others)
	}
	if t.unknown > 0 {
		fmt.Fprintf(&b, ", unknown commands %d", t.unknown)
	}
	if t.reaped > 0 {
		fmt.Fprintf(&b, "; at most %d at once", t.worst)
	}
	return b.String() + "\n"
}

// inASCII escapes what the encoder leaves as it is: DEL, and all that is not
// ASCII. A terminal obeys some of these, and others turn the text around them.
func inASCII(json string) string {
	var b strings.Builder
	for _, r := range json {
		hi, lo := utf16.EncodeRune(r)
		switch {
		case r < 0x7f:
			b.WriteByte(byte(r))
		case r > 0xffff:
			fmt.Fprintf(&b, `\u%04x\u%04x`, hi, lo)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// printable makes a name that a process has chosen fit for a line on a terminal.
// What could be taken for a part of that line stands in quotes.
func printable(comm string) string {
	q := strconv.QuoteToASCII(comm)
	if strings.ContainsAny(comm, " ,;:") {
		return q
	}
	return q[1 : len(q)-1]
}
