package scan

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/zombiectl/zombiectl/scan/pslist"
)

// format is one kind of thing that a file or a pipe may hold. What it is
// decides its content, never its name.
type format struct {
	// is looks at the first sniffLen bytes, or all that there are.
	is   func(head []byte) bool
	open func(r *bufio.Reader, name string) (*Root, error)
}

// sniffLen is how much is looked at: a block of tar, and the line or two that
// people's pastes begin with.
const sniffLen = 4096

// formats are tried in order.
func formats() []format {
	return []format{
		{isTar, openTar},
		{isScript, openScript},
		{pslist.IsText, openText}, // the last: it recognizes any text
	}
}

// OpenReader opens what a file or a pipe holds, by its content: a .tar or
// .tar.gz of a recording, or the text that ps prints. It reads as much of r as it needs, and holds that in
// memory: nothing is written anywhere. name is what the source is called.
func OpenReader(r io.Reader, name string) (*Root, error) {
	root, err := openReader(bufio.NewReaderSize(r, 64<<10), name, true)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, reason(err))
	}
	return root, nil
}

func openReader(r *bufio.Reader, name string, mayBePacked bool) (*Root, error) {
	head, err := r.Peek(sniffLen)
	switch {
	case len(head) == 0 && (err == nil || errors.Is(err, io.EOF)):
		return nil, errors.New("is empty")
	case err != nil && !errors.Is(err, io.EOF):
		return nil, cutShort(err)
	}
	if bytes.HasPrefix(head, []byte("\x1f\x8b")) {
		if !mayBePacked {
			return nil, errors.New("is gzip within gzip")
		}
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, cutShort(err)
		}
		z.Multistream(false)
		return openPacked(&members{z, r}, name)
	}
	for _, p := range packers {
		if bytes.HasPrefix(head, []byte(p.magic)) {
			return nil, fmt.Errorf("is packed with %s: unpack it first (%s …)", p.with, p.unpack)
		}
	}
	for _, f := range formats() {
		if f.is(head) {
			return f.open(r, name)
		}
	}
	return nil, errors.New("is binary, and no archive (.tar, .tar.gz)")
}

// members reads what is packed, which may be in several members. What follows
// and is none is no part of it, as for gunzip: padding, or the newline that a
// terminal has added.
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

// openPacked reads on to the end of what is packed, where its checksum and its
// length are: an archive and what the script prints end before, by a mark of
// their own, and a flipped bit may well leave something that can be read.
func openPacked(z io.Reader, name string) (*Root, error) {
	root, err := openReader(bufio.NewReaderSize(z, 64<<10), name, false)
	if err != nil {
		return nil, err
	}
	switch n, err := io.CopyN(io.Discard, z, maxPadding+1); {
	case n > maxPadding:
		err = fmt.Errorf("more than %d MiB follow its end", maxPadding>>20)
		return nil, errors.Join(err, root.Close())
	case !errors.Is(err, io.EOF):
		return nil, errors.Join(cutShort(err), root.Close())
	}
	return root, nil
}

// packers are recognized to say so.
var packers = []struct{ magic, with, unpack string }{
	{"BZh", "bzip2", "bzip2 -dc"}, {"\xfd7zXZ\x00", "xz", "xz -dc"}, {"\x28\xb5\x2f\xfd", "zstd", "zstd -dc"},
	{"PK\x03\x04", "zip", "unzip -p"},
}

// cutShort says in plain words that there is less than there should be, or
// something else.
func cutShort(err error) error {
	if errors.Is(err, gzip.ErrChecksum) {
		return errors.New("was damaged on its way: its checksum does not fit what is in it")
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errors.New("ends early: it was cut short on its way")
	}
	return reason(err)
}
