package look

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Vanished reports whether an error means that the process is there no more, not
// even as a zombie: opening a file of it gives ENOENT, reading what is already
// open gives ESRCH; or it was being released.
func Vanished(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) || errors.Is(err, facts.ErrReleased)
}

// Reason strips the operation and path that the os package puts before an
// error: they are said elsewhere, once.
func Reason(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

// LeftOut is why something was not recorded on purpose.
type LeftOut string

func (e LeftOut) Error() string { return string(e) }

// MaxRecorded bounds the processes that are taken from what somebody sent. Each
// costs some kilobytes by the time that it is reported on, and more where each
// is the parent of the next. A machine that is looked at live may have more.
const MaxRecorded = 300_000

// ErrCrowd is given by sources that have more.
var ErrCrowd = fmt.Errorf("more than %d processes are in it, which is more than a report can be made of", MaxRecorded)
