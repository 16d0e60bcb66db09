package facts

import (
	"bytes"
	"path"
	"strconv"
	"strings"
)

// Needed returns the part of a file that a diagnosis can use: the fields and
// lines that our parsers read. A recording is as small, and gives away as
// little, as can be: the addresses in stat and syscall, for one, are nobody's
// business.
//
// name is the path below the root. The parsers themselves decide whether a field
// is used, so that a new one is not forgotten here.
func Needed(name string, b []byte) []byte {
	switch path.Base(name) {
	case "stat":
		if name == "proc/stat" {
			return KeepLines(b, func(line []byte) bool {
				line = bytes.TrimSpace(line)
				return bytes.HasPrefix(line, []byte("cpu")) || bytes.HasPrefix(line, []byte("btime"))
			})
		}
		return neededOfStat(b)
	case "status":
		if strings.HasPrefix(name, "proc/") {
			return KeepLines(b, statusNeeds)
		}
	case "sched":
		return neededOfSched(b)
	case "limits":
		return KeepLines(b, func(line []byte) bool { return bytes.HasPrefix(line, []byte("Max processes")) })
	case "syscall":
		return neededOfSyscall(b)
	}
	return b
}

// KeepLines returns the lines that are of use.
func KeepLines(b []byte, use func(line []byte) bool) []byte {
	kept := make([]byte, 0, len(b)/2)
	for line := range bytes.Lines(b) {
		if use(line) {
			kept = append(kept, line...)
		}
	}
	return kept
}

func statusNeeds(line []byte) bool {
	var s Status
	key, _, _ := bytes.Cut(line, []byte(":"))
	used, _ := s.set(string(key), nil)
	return used || string(key) == "State"
}

// neededOfStat puts 0 for the fields of /proc/PID/stat that nobody uses. Those at
// the end that are addresses, of code, stack and arguments, are among them.
func neededOfStat(b []byte) []byte {
	end := bytes.LastIndexByte(b, ')')
	if end < 0 || len(b) < end+4 || b[end+3] != ' ' || len(bytes.Trim(b[end+3:], "0123456789- \n")) > 0 {
		return b // not how the kernel writes it
	}
	out := append(make([]byte, 0, len(b)), b[:end+3]...)
	n := 3
	for f := range bytes.FieldsSeq(b[end+3:]) {
		if n++; wanted(n) {
			out = append(append(out, ' '), f...)
		} else {
			out = append(out, ' ', '0')
		}
	}
	return append(out, '\n')
}

// neededOfSched keeps the first lines, which hold the name, and the one that is
// used.
func neededOfSched(b []byte) []byte {
	head := schedHead(b)
	if head < 0 {
		return b
	}
	out := append([]byte{}, b[:head]...)
	first := true
	for line := range bytes.Lines(b[head:]) {
		name, _, _ := bytes.Cut(line, []byte(":"))
		if first || string(bytes.TrimSpace(name)) == schedKey {
			out = append(out, line...)
		}
		first = false
	}
	return out
}

// neededOfSyscall keeps the number of the call, and of its arguments those that
// show for whom it waits. The others, which are 0 then, the stack pointer and
// the program counter are addresses (proc_pid_syscall(5)), and those show how
// the memory of a process is laid out.
func neededOfSyscall(b []byte) []byte {
	s, err := ParseSyscall(b)
	switch {
	case err != nil || s.Running:
		return b
	case s.Nr < 0:
		return []byte("-1\n")
	}
	var args [len(s.Args)]uint64
	for _, i := range telling(s.Nr) {
		args[i] = s.Args[i]
	}
	out := strconv.AppendInt(nil, int64(s.Nr), 10)
	for _, a := range args {
		out = append(append(out, " 0x"...), strconv.FormatUint(a, 16)...)
	}
	return append(out, '\n')
}
