package scan

import (
	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/scan/look"
)

// A look is over when it is read. Who acts on it has to ask again, about one
// process at a time, right before.

// Stat reads /proc/PID/stat anew. When the process has been reaped, or is being
// released this moment, the error is one that Vanished knows.
func (r *Root) Stat(pid int) (facts.Stat, error) {
	b, err := r.Read(facts.Path(pid, "stat"), look.MaxStat)
	if err != nil {
		return facts.Stat{}, err
	}
	return facts.Names(nil).ParseStat(pid, b)
}

// Status reads /proc/PID/status anew, with errors like those of Stat.
func (r *Root) Status(pid int) (facts.Status, error) {
	b, err := r.Read(facts.Path(pid, "status"), look.MaxFile)
	if err != nil {
		return facts.Status{}, err
	}
	return facts.ParseStatus(b)
}

// SelfStatus reads the status of this process as the procfs that is read shows
// it (/proc/self/status). NSpid then begins with the PID that it has there, and
// has one entry exactly when the procfs is that of our own PID namespace.
func (r *Root) SelfStatus() (facts.Status, error) {
	b, err := r.Read("proc/self/status", look.MaxFile)
	if err != nil {
		return facts.Status{}, err
	}
	return facts.ParseStatus(b)
}

// Vanished reports whether an error means that the process is there no more,
// not even as a zombie.
func Vanished(err error) bool { return look.Vanished(err) }
