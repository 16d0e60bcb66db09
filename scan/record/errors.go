package record

import (
	"compress/gzip"
	"errors"
	"io"

	"github.com/zombiectl/zombiectl/scan/look"
)

// CutShort says in plain words that there is less than there should be, or
// something else.
func CutShort(err error) error {
	if errors.Is(err, gzip.ErrChecksum) {
		return errors.New("was damaged on its way: its checksum does not fit what is in it")
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errors.New("ends early: it was cut short on its way")
	}
	return look.Reason(err)
}
