package scan

import (
	"bufio"
	"io"

	"github.com/zombiectl/zombiectl/scan/pslist"
)

func openText(r *bufio.Reader, name string) (*Root, error) {
	b, err := io.ReadAll(io.LimitReader(r, pslist.MaxText+1))
	if err != nil {
		return nil, cutShort(err)
	}
	s, err := pslist.Parse(b)
	if err != nil {
		return nil, err
	}
	s.Source.Path = name
	return &Root{name: name, listed: s}, nil
}

// ParsePS parses the text that ps or top printed: see [pslist.Parse].
func ParsePS(b []byte) (*Snapshot, error) { return pslist.Parse(b) }
