package scan

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/scan/look"
	"github.com/zombiectl/zombiectl/scan/pslist"
	"github.com/zombiectl/zombiectl/scan/record"
)

// format is one kind of content of a file or a pipe. The content decides, never
// the name.
type format struct {
	// is looks at the first record.SniffLen bytes, or all that there are.
	is   func(head []byte) bool
	open func(r *bufio.Reader, name string) (look.Source, error)
}

var formats = []format{
	{record.IsTar, record.OpenTar},
	{record.IsScript, record.OpenScript},
	{pslist.IsText, openList}, // the last: it recognizes any text
}

// OpenReader opens what a file or a pipe holds, by its content: a .tar or
// .tar.gz of a recording, what the script printed, or the text that ps prints.
// It reads as much of r as it needs, and holds that in memory: nothing is written
// anywhere. name is what the source is called.
func OpenReader(r io.Reader, name string) (*Root, error) {
	src, err := openReader(bufio.NewReaderSize(r, 64<<10), name, true)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, look.Reason(err))
	}
	return &Root{src}, nil
}

func openReader(r *bufio.Reader, name string, mayBePacked bool) (look.Source, error) {
	head, err := r.Peek(record.SniffLen)
	switch {
	case len(head) == 0 && (err == nil || errors.Is(err, io.EOF)):
		return nil, errors.New("it is empty")
	case err != nil && !errors.Is(err, io.EOF):
		return nil, record.CutShort(err)
	}
	if bytes.HasPrefix(head, []byte("\x1f\x8b")) {
		if !mayBePacked {
			return nil, errors.New("it is gzip within gzip")
		}
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, record.CutShort(err)
		}
		z.Multistream(false)
		return openPacked(&members{z, r}, name)
	}
	for _, p := range packers {
		if bytes.HasPrefix(head, []byte(p.magic)) {
			return nil, fmt.Errorf("it is packed with %s: unpack it first (%s FILE)", p.with, p.unpack)
		}
	}
	for _, f := range formats {
		if f.is(head) {
			return f.open(r, name)
		}
	}
	return nil, errors.New("it is a binary file, but not an archive (.tar, .tar.gz)")
}

// members reads a packed stream, which may have several members. Bytes behind
// them that are not a member are ignored, as by gunzip: padding, or the newline
// that a terminal has added.
type members struct {
	z *gzip.Reader
	r *bufio.Reader // that z reads, to the end of a member and not further
}

func (m *members) Read(p []byte) (int, error) {
	for {
		n, err := m.z.Read(p)
		if n > 0 || !errors.Is(err, io.EOF) {
			return n, err
		}
		if magic, _ := m.r.Peek(2); string(magic) != "\x1f\x8b" {
			return 0, io.EOF
		}
		if err := m.z.Reset(m.r); err != nil {
			return 0, err
		}
		m.z.Multistream(false)
	}
}

// maxPadding bounds what may follow an archive: tar fills up its last record,
// which may be long.
const maxPadding = 16 << 20

// openPacked reads on to the end of the packed stream, where its checksum and
// its length are. An archive and the output of the script stop before that, by a
// mark of their own, and a flipped bit may well leave something that can be
// read.
func openPacked(z io.Reader, name string) (look.Source, error) {
	src, err := openReader(bufio.NewReaderSize(z, 64<<10), name, false)
	if err != nil {
		return nil, err
	}
	switch n, err := io.CopyN(io.Discard, z, maxPadding+1); {
	case n > maxPadding:
		err = fmt.Errorf("more than %d MiB follow the end of the archive", maxPadding>>20)
		return nil, errors.Join(err, src.Close())
	case !errors.Is(err, io.EOF):
		return nil, errors.Join(record.CutShort(err), src.Close())
	}
	return src, nil
}

// packers are recognized to say so.
var packers = []struct{ magic, with, unpack string }{
	{"BZh", "bzip2", "bzip2 -dc"}, {"\xfd7zXZ\x00", "xz", "xz -dc"}, {"\x28\xb5\x2f\xfd", "zstd", "zstd -dc"},
	{"PK\x03\x04", "zip", "unzip -p"},
}

// list is a list of processes: it has no files behind it.
type list struct {
	look.Nothing
	name string
	snap *facts.Snapshot
}

func openList(r *bufio.Reader, name string) (look.Source, error) {
	b, err := look.ReadAtMost(r, pslist.MaxText+1)
	if err != nil {
		return nil, record.CutShort(err)
	}
	s, err := pslist.Parse(b)
	if err != nil {
		return nil, err
	}
	if len(s.Procs) > look.MaxRecorded {
		return nil, look.ErrCrowd
	}
	s.Source.Path = name
	return &list{name: name, snap: s}, nil
}

func (l *list) Name() string           { return l.name }
func (l *list) Kind() facts.SourceKind { return facts.Text }

func (l *list) Describe(s *facts.Snapshot) bool {
	*s = *l.snap
	return true
}
