package record

import (
	"bufio"
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/scan/look"
)

//go:embed script.sh
var script string

// Script is a POSIX shell script that reads /proc with nothing but the shell,
// and prints what OpenScript reads: for containers that have a shell and
// nothing else, and for machines on which nothing can be started any more.
func Script() string {
	patterns := make([]string, len(look.InitNames))
	for i, name := range look.InitNames {
		patterns[i] = "*'(" + name + ")'*"
	}
	return strings.Replace(script, "case $c in INITS)", "case $c in "+strings.Join(patterns, " | ")+")", 1)
}

// scriptMagic begins the first line of what the script prints. What follows is
// the word that begins every section.
const scriptMagic = "zombiectl-script/1 "

// IsScript finds the first line of what the script prints among the first of a
// text: a login may print its own before.
func IsScript(head []byte) bool {
	return bytes.HasPrefix(head, []byte(scriptMagic)) || bytes.Contains(head, []byte("\n"+scriptMagic))
}

// maxScript bounds the sections: with threads there may be many a process.
const maxScript = 4 << 20

// OpenScript reads what the script printed into a recording, which is then
// read as any other.
func OpenScript(in *bufio.Reader, name string) (look.Source, error) {
	p := scriptParser{in: in, files: map[string][]byte{}, errors: map[string]string{}, empty: map[string]bool{}}
	if err := p.read(); err != nil {
		return nil, err
	}
	rec := p.recording()
	fsys := &memFS{}
	for _, path := range slices.Sorted(maps.Keys(p.files)) {
		b := p.files[path]
		if err := fsys.add(encodePath(path), bytes.NewReader(b), int64(len(b))); err != nil {
			return nil, fmt.Errorf("%.200q in it: %w", path, err)
		}
	}
	if err := fsys.sort(); err != nil {
		return nil, err
	}
	r := &recording{name: name, files: fsys, meta: rec}
	if !r.hasPID() {
		return nil, errors.New("there is no process in it")
	}
	return r, nil
}

// scriptParser takes the sections apart. A later one replaces an earlier one
// of the same path.
type scriptParser struct {
	in     *bufio.Reader
	word   []byte // that begins every section, with a space behind it
	tty    bool   // lines end in CR LF: a terminal was in between
	files  map[string][]byte
	errors map[string]string
	empty  map[string]bool
	size   int // of all that is held
}

func (p *scriptParser) read() error {
	if err := p.header(); err != nil {
		return err
	}
	path := "" // of the section that is being read; "": it is of no interest
	var body []byte
	start := true // of a line
	for n := 0; ; {
		line, err := p.in.ReadSlice('\n')
		whole := err == nil
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) && !errors.Is(err, io.EOF) {
			return CutShort(err)
		}
		if mark, ok := bytes.CutPrefix(line, p.word); ok && start && whole {
			if err := p.keep(path, body); err != nil {
				return err
			}
			if n++; n > maxScript {
				return fmt.Errorf("it has more than %d sections", maxScript)
			}
			body = nil
			var end bool
			if path, end, err = p.mark(string(bytes.TrimRight(mark, "\r\n"))); err != nil || end {
				return err
			}
			continue
		}
		if errors.Is(err, io.EOF) {
			return CutShort(err) // the end has a mark of its own
		}
		if p.tty && whole && bytes.HasSuffix(line, []byte("\r\n")) {
			line = append(line[:len(line)-2], '\n')
		}
		if len(body)+len(line) > look.MaxFile {
			return fmt.Errorf("%.200q in it is too large: such a file has at most %d bytes", path, look.MaxFile)
		}
		body = append(body, line...)
		start = whole
	}
}

func (p *scriptParser) header() error {
	for range SniffLen {
		line, err := p.in.ReadSlice('\n')
		rest, ok := bytes.CutPrefix(line, []byte(scriptMagic))
		if !ok && err == nil {
			continue
		}
		if err != nil {
			return CutShort(err)
		}
		p.tty = bytes.HasSuffix(rest, []byte("\r\n"))
		rest = bytes.TrimRight(rest, "\r\n")
		if why, ok := bytes.CutPrefix(rest, []byte("! ")); ok {
			return fmt.Errorf("the script could not look: %.200s", why)
		}
		if !facts.IsUUID(string(rest)) {
			return fmt.Errorf("bad word %.40q in its first line", rest)
		}
		p.word = append(bytes.Clone(rest), ' ')
		return nil
	}
	return errors.New("its first line is missing")
}

// mark reads what follows the word, and returns the path of the section that
// begins there; end: it was the last.
func (p *scriptParser) mark(s string) (path string, end bool, err error) {
	kind, rest, _ := strings.Cut(s, " ")
	why := ""
	switch {
	case s == ".":
		return "", true, nil
	case kind == "!":
		rest, why, _ = strings.Cut(rest, " ")
	case kind != "0" && kind != "-":
		kind, rest = "", s
	}
	if rest == "" || rest == captureFile || len(rest) > maxName || strings.HasPrefix(rest, "/") {
		return "", false, fmt.Errorf("bad section %.200q", s)
	}
	p.drop(rest)
	switch kind {
	case "!":
		p.errors[encodePath(rest)] = strings.ToValidUTF8(why, "?")
		p.size += len(rest) + len(why) + perFile
	case "0":
		p.empty[encodePath(rest)] = true
		p.size += len(rest) + perFile
	case "":
		return rest, false, nil
	}
	return "", false, nil
}

func (p *scriptParser) drop(path string) {
	if b, ok := p.files[path]; ok {
		p.size -= len(path) + len(b) + perFile
		delete(p.files, path)
	}
	delete(p.errors, encodePath(path))
	delete(p.empty, encodePath(path))
}

func (p *scriptParser) keep(path string, body []byte) error {
	if path == "" {
		return nil
	}
	if p.size += len(path) + len(body) + perFile; p.size > maxMemFS {
		return errTooMuch
	}
	p.files[path] = slices.Clip(body)
	return nil
}

// recording makes the capture.json of a capture from the sections that are not
// files of the machine.
func (p *scriptParser) recording() *metadata {
	rec := &metadata{
		Format: captureFormat, Tool: "zombiectl capture --script", Redaction: "no arguments",
		BootID: p.text("proc/sys/kernel/random/boot_id"), Kernel: p.text("proc/sys/kernel/osrelease"), Arch: p.text("proc/sys/kernel/arch"),
		UserHZ: facts.UserHZ, Errors: p.errors,
	}
	for path, b := range p.files {
		if to, ok := strings.CutPrefix(path, "number/"); ok {
			if n, ok := complainedOf(b); ok {
				p.files[to] = n
			}
			delete(p.files, path)
		}
	}
	stat, _ := facts.ParseProcStat(p.files["proc/stat"])
	if up, ok := facts.ParseUptime(p.files["proc/uptime"]); ok {
		rec.BoottimeNs = int64(up)
		if boot, ok := stat.BootTime.Get(); ok {
			rec.BootTime = &boot
			rec.TakenAt = boot.Add(up)
		}
	}
	if stat.CPUs > 0 {
		rec.CPUs = &stat.CPUs
	}
	rec.Self = p.self()
	for line := range bytes.Lines(p.files["mount"]) {
		if id, ok := bytes.CutPrefix(line, []byte("mnt_id:")); ok {
			rec.ProcMount = string(bytes.TrimSpace(id))
		}
	}
	rec.Clocks = p.clocks()
	p.sayLost()
	rec.Again = p.again()
	rec.Empty = slices.Sorted(maps.Keys(p.empty))
	for path := range p.files { // they are in the recording now
		if path == "self" || path == "mount" || path == "again/uptime" || strings.HasPrefix(path, "clock/") {
			delete(p.files, path)
		}
	}
	return rec
}

func (p *scriptParser) text(path string) string {
	return strings.TrimSpace(string(p.files[path]))
}

// complainedOf finds the number that a shell does not know as a command.
func complainedOf(b []byte) (number []byte, ok bool) {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	for word := range bytes.SplitSeq(line, []byte(": ")) {
		if _, err := facts.ParseNumber(word); err == nil && len(word) > 1 { // "sh: 1: 32768: not found" begins with a line's number
			number, ok = word, true
		}
	}
	return number, ok
}

// self is the shell that ran the script.
func (p *scriptParser) self() (self recordedSelf) {
	pid, ok := facts.ParsePID(p.text("self"))
	st, err := facts.ParseStatus(p.files[facts.Path(pid, "status")])
	if !ok || err != nil {
		return self
	}
	self.PID = pid
	self.UID, _ = st.UID.Get()
	if caps, ok := st.CapEff.Get(); ok {
		self.Caps = fmt.Sprintf("%016x", caps)
	}
	self.PIDNS, _ = facts.ParseNamespace(p.text(facts.Path(pid, "ns/pid")))
	return self
}

// clocks are those of the CPUs on which the shell ran: its own exec_start,
// which the kernel brings up to date at every tick while it runs. It is late
// by a tick at the most, and a clock that is late makes an age no longer.
func (p *scriptParser) clocks() []facts.CPUClock {
	found := map[int]facts.CPUClock{}
	for i := 1; ; i++ {
		dir := fmt.Sprintf("clock/%d/", i)
		sched, ok := p.files[dir+"sched"]
		if !ok {
			break
		}
		s, err1 := facts.ParseSched(sched)
		st, err2 := facts.ParseStat(p.files[dir+"stat"])
		cpu, ok1 := st.Processor.Get()
		up, ok2 := facts.ParseUptime(p.files[dir+"uptime"])
		before, ok3 := facts.ParseMigrations(sched)
		after, ok4 := facts.ParseMigrations(p.files[dir+"again"])
		// It stayed on one CPU from the one file to the other.
		if err1 == nil && err2 == nil && ok1 && ok2 && ok3 && ok4 && before == after {
			// /proc/uptime is cut to hundredths, and now is not before now.
			found[cpu] = facts.CPUClock{CPU: cpu, ExecStartMs: s.ExecStartMs, BoottimeNs: int64(up + 10*time.Millisecond)}
		}
	}
	clocks := []facts.CPUClock{}
	for _, cpu := range slices.Sorted(maps.Keys(found)) {
		clocks = append(clocks, found[cpu])
	}
	return clocks
}

func (p *scriptParser) again() *recordedAgain {
	first, ok1 := facts.ParseUptime(p.files["clock/2/uptime"])
	second, ok2 := facts.ParseUptime(p.files["again/uptime"])
	if !ok1 || !ok2 || second < first {
		return nil
	}
	again := &recordedAgain{AfterMs: (second - first).Milliseconds()}
	for _, path := range p.paths() {
		dir, ok := strings.CutSuffix(path, "/stat")
		if pid, isPID := facts.ParsePID(strings.TrimPrefix(dir, look.AgainDir+"proc/")); ok && isPID {
			again.PIDs = append(again.PIDs, pid)
		}
	}
	slices.Sort(again.PIDs)
	return again
}

// sayLost notes of the processes of interest what a shell cannot read.
func (p *scriptParser) sayLost() {
	for _, path := range p.paths() {
		pid, ok := strings.CutSuffix(path, "/wchan")
		if n, isPID := facts.ParsePID(strings.TrimPrefix(pid, "proc/")); ok && isPID {
			p.errors[facts.Path(n, "exe")] = leftOut + "a shell cannot read a link"
			p.errors[facts.Path(n, "cmdline")] = leftOut + "the script reads no arguments"
		}
	}
}

// paths are those of which there is a file or an error.
func (p *scriptParser) paths() []string {
	return slices.AppendSeq(slices.Collect(maps.Keys(p.files)), maps.Keys(p.errors))
}
