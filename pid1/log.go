package pid1

import (
	"fmt"
	"strings"
	"syscall"
)

// The levels of tini's -v and TINI_VERBOSITY.
const (
	levelFatal = iota
	levelWarn
	levelInfo
	levelDebug
	levelTrace
)

var levelNames = [...]string{"FATAL", "WARN ", "INFO ", "DEBUG", "TRACE"}

// The descriptors that are written to. Not by way of os.Stdout: see write.
const (
	stdout = 1
	stderr = 2
)

// A log writes the lines that tini writes, to the same places: warnings and
// worse to standard error, the rest to standard output. An error of such a write
// is ignored, since it has nobody to be reported to.
type log struct {
	name  string
	level int
	pid   int
}

// on reports whether a level is printed. Otherwise the line need not be made.
func (l log) on(level int) bool { return level == levelFatal || level <= l.level }

func (l log) print(level, pid int, format string, args ...any) {
	if !l.on(level) {
		return
	}
	to := stdout
	if level <= levelWarn {
		to = stderr
	}
	write(to, fmt.Sprintf("[%s %s (%d)] %s\n", levelNames[level], l.name, pid, fmt.Sprintf(format, args...)))
}

func (l log) fatal(format string, args ...any) { l.print(levelFatal, l.pid, format, args...) }
func (l log) warn(format string, args ...any)  { l.print(levelWarn, l.pid, format, args...) }
func (l log) info(format string, args ...any)  { l.print(levelInfo, l.pid, format, args...) }
func (l log) debug(format string, args ...any) { l.print(levelDebug, l.pid, format, args...) }
func (l log) trace(format string, args ...any) { l.print(levelTrace, l.pid, format, args...) }

// errorText is what the C library calls an error, as tini prints it. Go has the
// same texts, but for the first letter.
func errorText(e syscall.Errno) string { return capital(e.Error()) }

// signalText is what the C library calls a signal.
func signalText(n int) string {
	if n >= sigRTMIN {
		return fmt.Sprintf("Real-time signal %d", n-sigRTMIN)
	}
	return capital(syscall.Signal(n).String())
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
