package watchview

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// headline says which leak grows now, how fast, and which limit it will use up when;
// where none grows, what the look found.
func (f *frame) headline() string {
	r := f.leading
	if r == nil {
		return sanitize.Prose(f.d.Sentence)
	}
	text := name(r) + " is leaking"
	if perDay := rate(r); perDay > 0 {
		text += " at " + phrase.Rate(perDay)
	}
	text += ": it has " + r.Leaking() + "."
	if l := firstFull(r, f.d); l != nil {
		full := "is full"
		if used, _ := l.Used.Get(); used < l.Max {
			left, _ := l.FullIn.Get()
			full = "will be full in about " + english.Duration(left)
		}
		text += fmt.Sprintf(" %s %s.", phrase.Of(l.Limit), full)
	}
	if more := f.growing - 1; more > 0 {
		text += fmt.Sprintf(" %s %s leaking.", english.Count(more, "other parent", "other parents"), english.Agree(more, "is", "are"))
	}
	return sanitize.Prose(text)
}

// limit is the tightest limit, where much of it is used and the headline does
// not name it; "": no limit is.
func (f *frame) limit() string {
	if len(f.d.Limits) == 0 || f.leading != nil && firstFull(f.leading, f.d) == &f.d.Limits[0] {
		return ""
	}
	if share, ok := f.d.Limits[0].Percent(); !ok || share < words.LimitFrom {
		return ""
	}
	return sanitize.Prose(words.LimitLine(&f.d.Limits[0]))
}

// counts says how many zombies there are, and how many came and went.
func (f *frame) counts() string {
	text := fmt.Sprintf("%s among %s; %d came, %d %s reaped.", english.Count(len(f.d.Zombies), "zombie", "zombies"),
		english.Count(f.d.Processes, "process", "processes"), f.new, f.reaped, english.Agree(f.reaped, "was", "were"))
	if f.d.Blind && f.leading != nil { // else the headline says so
		text += " Not every process could be seen."
	}
	return text
}

func name(r *row) string {
	if r.Comm == "" {
		return fmt.Sprintf("PID %d", r.PID)
	}
	return phrase.Process(r.Comm, r.PID)
}

// about says of the selected parent what a narrow table has no room for.
func about(r *row) (why, since string) {
	why = name(r)
	if c := container(r); c != "" {
		why += " in " + c
	}
	switch {
	case r.now != nil && r.now.Why != "":
		why += ": " + r.now.Why + "."
	case r.Now == 0:
		why += " has no zombie now."
	}
	since = "No zombie came or was reaped since the start."
	if r.New+r.Reaped > 0 {
		since = fmt.Sprintf("%s came and %d %s reaped since the start.", english.Count(r.New, "zombie", "zombies"), r.Reaped, english.Agree(r.Reaped, "was", "were"))
	}
	if r.now != nil {
		if age := phrase.Age(r.now.Oldest); age != "?" {
			since += " The oldest has been dead for " + age + "."
		}
	}
	return sanitize.Prose(why), since
}
