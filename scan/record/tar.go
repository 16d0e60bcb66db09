package record

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/zombiectl/zombiectl/scan/look"
)

// An archive is read into memory and never unpacked to a disk. So no path in it
// can lead anywhere, there is nothing to follow a link to, and nothing is left
// behind however the program exits.

const (
	// maxHeaders bounds the entries of an archive, the skipped ones included.
	// Each process has from one to a handful of files.
	maxHeaders = 4 << 20
	// maxTar bounds the archive itself, with all that is skipped in it: files of
	// no interest, headers, padding. These take more room than the files that are
	// held.
	maxTar = 4 * maxMemFS
)

type bounded struct {
	io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("it is larger than %d MiB, and no recording is", maxTar>>20)
	}
	n, err := b.Reader.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// SniffLen is how many bytes decide what something is: a block of tar, and the
// line or two that people's pastes begin with.
const SniffLen = 4096

// IsTar recognizes the first block of an archive: a header, or the zeros at the
// end of one. A process may be called "ustar", but no text has the NULs that
// fill up a header. Without the magic, as in the format before POSIX, the
// checksum decides.
func IsTar(head []byte) bool {
	if len(head) < 512 || bytes.IndexByte(head[:512], 0) < 0 {
		return false
	}
	if string(head[257:262]) == "ustar" || len(bytes.Trim(head[:512], "\x00")) == 0 {
		return true
	}
	sum := 0 // over the header, the sum itself taken as spaces
	for i, c := range head[:512] {
		if i >= 148 && i < 156 {
			c = ' '
		}
		sum += int(c)
	}
	want := 0
	for _, c := range bytes.Trim(head[148:156], " \x00") {
		if c < '0' || c > '7' {
			return false
		}
		want = want<<3 | int(c-'0')
	}
	return head[0] != 0 && sum == want
}

// OpenTar reads an archive of a recording into memory. name is its name in
// errors.
func OpenTar(r *bufio.Reader, name string) (look.Source, error) {
	files := &memFS{}
	if err := readTar(&bounded{r, maxTar}, files); err != nil {
		return nil, err
	}
	files.enter()
	if files.hollow() {
		return nil, errors.New("the files below its proc directory are empty: tar cannot pack /proc itself, whose files have no size; \"zombiectl capture\" can")
	}
	return open(files, name, nil)
}

func readTar(r io.Reader, files *memFS) error {
	t := tar.NewReader(r)
	for n := 0; ; n++ {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return CutShort(err)
		}
		if n == maxHeaders {
			return fmt.Errorf("it has more than %d entries", maxHeaders)
		}
		if strings.HasPrefix(path.Base(h.Name), "._") {
			continue // what macOS puts beside every file
		}
		switch h.Typeflag {
		case tar.TypeReg:
		case tar.TypeDir, tar.TypeXGlobalHeader:
			continue
		default:
			kind := KindOf(h.FileInfo().Mode())
			if h.Typeflag == tar.TypeLink {
				kind = "hard link"
			}
			return fmt.Errorf("%.200q in it is a %s, and a recording never holds one", h.Name, kind)
		}
		most := int64(look.MaxFile)
		if path.Base(h.Name) == captureFile {
			most = maxMetadata
		}
		if h.Size > most {
			return fmt.Errorf("%.200q in it has %d bytes; such a file has at most %d", h.Name, h.Size, most)
		}
		if err := files.add(h.Name, t, h.Size); err != nil {
			return fmt.Errorf("%.200q in it: %w", h.Name, CutShort(err))
		}
	}
	if len(files.files) == 0 {
		return errors.New("the archive is empty")
	}
	return files.sort()
}

// CutShort says in plain words that there is less than there should be, or
// something else.
func CutShort(err error) error {
	if errors.Is(err, gzip.ErrChecksum) {
		return errors.New("it was damaged on its way: its checksum does not match its content")
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errors.New("it ends early: it was cut short on its way")
	}
	return look.Reason(err)
}
