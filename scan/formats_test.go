package scan

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/scan/look"
	"github.com/zombiectl/zombiectl/scan/record"
)

// demoDir is a recording of 26 processes.
const demoDir = "../fixtures/uf-backend/root"

// entry is one entry of an archive; a regular file when it has no type.
type entry struct {
	name, body string
	kind       byte
	size       int64 // where it is not that of body
}

func tarOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Mode: 0o644, Typeflag: e.kind, Size: int64(len(e.body))}
		switch e.kind {
		case 0:
			h.Typeflag = tar.TypeReg
		case tar.TypeSymlink, tar.TypeLink:
			h.Linkname, h.Size = "/etc/passwd", 0
		}
		if e.size > 0 {
			h.Size = e.size
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.body); err != nil {
			t.Fatal(err)
		}
	}
	_ = w.Close() // of an entry that is shorter than it says it complains
	return b.Bytes()
}

// packed packs a directory, each name behind a prefix.
func packed(t testing.TB, dir, prefix string) []byte {
	t.Helper()
	var entries []entry
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, name)
		if d.IsDir() {
			entries = append(entries, entry{prefix + rel + "/", "", tar.TypeDir, 0})
			return nil
		}
		b, err := os.ReadFile(name)
		entries = append(entries, entry{prefix + rel, string(b), 0, 0})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tarOf(t, entries...)
}

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func lookAtBytes(t testing.TB, b []byte) (*facts.Snapshot, error) {
	t.Helper()
	r, err := OpenReader(bytes.NewReader(b), "it")
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return Look(r, Options{})
}

// TestArchiveIsTheDirectory holds an archive to the directory that was packed,
// whatever the names in it begin with.
func TestArchiveIsTheDirectory(t *testing.T) {
	r, err := Open(demoDir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	want, err := Look(r, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want.Source.Path = "it"
	for name, b := range map[string][]byte{
		"tar": packed(t, demoDir, ""), "dot": packed(t, demoDir, "./"), "named": packed(t, demoDir, "incident-17/sub/"),
		"gzip":  gzipped(t, packed(t, demoDir, "")),
		"macOS": tarOf(t, append([]entry{{"._x", "junk", 0, 0}, {"x/proc/._1", "junk", 0, 0}}, entriesOf(t, packed(t, demoDir, "x/"))...)...),
	} {
		got, err := lookAtBytes(t, b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: another snapshot than that of the directory", name)
		}
	}
}

func entriesOf(t *testing.T, b []byte) []entry {
	t.Helper()
	var out []entry
	for r := tar.NewReader(bytes.NewReader(b)); ; {
		h, err := r.Next()
		if err != nil {
			return out
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, entry{h.Name, string(body), h.Typeflag, 0})
	}
}

// zeros is an endless file.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func TestArchivesRefused(t *testing.T) {
	stat := entry{"proc/1/stat", "1 (x) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0 0 0 0\n", 0, 0}
	whole := tarOf(t, stat)
	for name, tt := range map[string]struct {
		b    []byte
		want string
	}{
		"empty":            {nil, "is empty"},
		"no file":          {tarOf(t, entry{"proc/", "", tar.TypeDir, 0}), "the archive is empty"},
		"no entry":         {tarOf(t), "the archive is empty"},
		"damaged":          {append([]byte("X"), whole[1:]...), "invalid tar header"},
		"no root":          {tarOf(t, entry{"etc/hosts", "x", 0, 0}), "it is neither a root directory"},
		"no process":       {tarOf(t, entry{"proc/stat", "x", 0, 0}), "there is no process below its proc directory"},
		"parent":           {tarOf(t, stat, entry{"../etc/passwd", "x", 0, 0}), `"../etc/passwd" in it: the path leads out`},
		"hidden parent":    {tarOf(t, stat, entry{"proc/../../x", "x", 0, 0}), "leads out"},
		"absolute":         {tarOf(t, stat, entry{"/etc/passwd", "x", 0, 0}), "leads out"},
		"symbolic link":    {tarOf(t, stat, entry{"proc/2/stat", "", tar.TypeSymlink, 0}), `"proc/2/stat" in it is a symbolic link`},
		"hard link":        {tarOf(t, stat, entry{"proc/2/stat", "", tar.TypeLink, 0}), `"proc/2/stat" in it is a hard link`},
		"device":           {tarOf(t, stat, entry{"proc/2/stat", "", tar.TypeChar, 0}), "is a device"},
		"FIFO":             {tarOf(t, stat, entry{"proc/2/stat", "", tar.TypeFifo, 0}), "is a named pipe"},
		"file as a folder": {tarOf(t, stat, entry{"proc/1", "x", 0, 0}), "both a file and a directory"},
		"large file":       {tarOf(t, entry{"proc/1/stat", "", 0, look.MaxFile + 1}), "4194305 bytes"},
		"long path":        {tarOf(t, entry{"proc/" + strings.Repeat("x", 512), "x", 0, 0}), "the path has 517 bytes"},
		"truncated":        {whole[:550], "cut short"},
		"truncated gzip":   {gzipped(t, whole)[:60], "cut short"},
		"gzip of nothing":  {gzipped(t, nil), "is empty"},
		"gzip in gzip":     {gzipped(t, gzipped(t, whole)), "gzip within gzip"},
		"bad gzip":         {[]byte("\x1f\x8b\x08nonsense, and more of it"), "cut short"},
		"hollow":           {tarOf(t, entry{"proc/1/stat", "", 0, 0}), "tar cannot pack /proc itself"},
		"xz":               {[]byte("\xfd7zXZ\x00..."), "packed with xz: unpack it first (xz -dc FILE)"},
		"zip":              {[]byte("PK\x03\x04..."), "packed with zip: unpack it first (unzip -p FILE)"},
		"binary":           {[]byte("\x7fELF\x02\x01\x01\x00\x00\x00"), "is a binary file, but not an archive"},
	} {
		_, err := lookAtBytes(t, tt.b)
		if err == nil || !strings.HasPrefix(err.Error(), "it: ") || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", name, err, tt.want)
		}
	}
	// The control: one byte of difference, and it is understood.
	if s, err := lookAtBytes(t, whole); err != nil || len(s.Procs) != 1 {
		t.Errorf("the archive that the others are made of: %v", err)
	}
	// What could not be read of many processes takes place.
	long := `{"format":"zombiectl-capture/1","errors":{"proc/2/stat":"EACCES"` + strings.Repeat(" ", look.MaxFile) + "}}"
	if s, err := lookAtBytes(t, tarOf(t, stat, entry{"capture.json", long, 0, 0})); err != nil || len(s.Unread) == 0 {
		t.Errorf("a long capture.json: %v", err)
	}
	// Of two files of one name the later counts.
	if s, err := lookAtBytes(t, tarOf(t, entry{stat.name, "1 (y)" + stat.body[5:], 0, 0}, stat)); err != nil || s.Find(1).Comm != "x" {
		t.Errorf("a name twice: %v", err)
	}
	// A member that is all of the skipped bytes.
	var skipped bytes.Buffer
	w := tar.NewWriter(&skipped)
	if err := w.WriteHeader(&tar.Header{Name: "._x", Mode: 0o644, Typeflag: tar.TypeReg, Size: 1 << 33}); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenReader(io.MultiReader(&skipped, zeros{}), "it"); err == nil || !strings.Contains(err.Error(), "larger than 2048 MiB") {
		t.Errorf("a bomb that is skipped: error %v", err)
	}
	if _, err := OpenReader(zeros{}, "it"); err == nil {
		t.Error("an endless stream of zeros was understood")
	}
}

// TestDamagedPacking flips every bit of a packed recording in turn: there is an
// error, or nothing that counts was changed (the time in gzip's header, say).
func TestDamagedPacking(t *testing.T) {
	stat := "1 (x) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0 0 0 0\n"
	// Longer than the part that decides the format.
	long := strings.Repeat("\n", 2*record.SniffLen)
	const word = "01234567-89ab-cdef-0123-456789abcdef"
	script := "zombiectl-script/1 " + word + "\n" + word + " proc/1/stat\n" + stat + word + " proc/loadavg\n" + long + word + " .\n"
	for name, b := range map[string][]byte{
		"tar":    gzipped(t, tarOf(t, entry{"proc/1/stat", stat, 0, 0}, entry{"proc/loadavg", long, 0, 0})),
		"script": gzipped(t, []byte(script)),
		"list":   gzipped(t, []byte("PID PPID STAT COMMAND\n1 0 S init\n7 1 Z x\n")),
	} {
		want, err := lookAtBytes(t, b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i := range len(b) * 8 {
			bad := bytes.Clone(b)
			bad[i/8] ^= 1 << (i % 8)
			if got, err := lookAtBytes(t, bad); err == nil && !reflect.DeepEqual(got, want) {
				t.Errorf("%s: with bit %d of byte %d flipped it is another one, and no error", name, i%8, i/8)
			}
		}
		for n := range len(b) {
			if _, err := lookAtBytes(t, b[:n]); err == nil {
				t.Errorf("%s: the first %d of %d bytes were taken for all", name, n, len(b))
			}
		}
	}
	// What follows an archive is read, but not for ever.
	padded := append(tarOf(t, entry{"proc/1/stat", stat, 0, 0}), make([]byte, maxPadding/2)...)
	if _, err := lookAtBytes(t, gzipped(t, padded)); err != nil {
		t.Errorf("a long last record: %v", err)
	}
	padded = append(padded, make([]byte, maxPadding)...)
	if _, err := lookAtBytes(t, gzipped(t, padded)); err == nil || !strings.Contains(err.Error(), "follow the end of the archive") {
		t.Errorf("no end: error %v", err)
	}
}

// TestBehindPacking: bytes behind the packed stream are not part of it, unless
// they are packed, too.
func TestBehindPacking(t *testing.T) {
	b := tarOf(t, entry{"proc/1/stat", "1 (x) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0 0 0 0\n", 0, 0})
	good := gzipped(t, b)
	for name, c := range map[string]struct {
		in []byte
		ok bool
	}{
		"nothing":         {good, true},
		"a newline":       {append(slices.Clone(good), '\n'), true},
		"padding":         {append(slices.Clone(good), make([]byte, 5000)...), true},
		"in two members":  {append(gzipped(t, b[:700]), gzipped(t, b[700:])...), true},
		"half of another": {append(gzipped(t, b[:700]), gzipped(t, b[700:])[:30]...), false},
		"cut short":       {good[:len(good)-3], false},
	} {
		s, err := lookAtBytes(t, c.in)
		if (err == nil) != c.ok || c.ok && len(s.Procs) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOldTar reads an archive without the magic: its checksum shows what it is.
func TestOldTar(t *testing.T) {
	b := tarOf(t, entry{"proc/1/stat", "1 (x) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0 0 0 0\n", 0, 0})
	sum := 0
	copy(b[257:265], make([]byte, 8))
	copy(b[148:156], "        ")
	for _, c := range b[:512] {
		sum += int(c)
	}
	copy(b[148:156], []byte("0"+strconv.FormatInt(int64(sum), 8)+"\x00 "))
	if s, err := lookAtBytes(t, b); err != nil || len(s.Procs) != 1 {
		t.Fatal(err)
	}
	b[0] ^= 1 // and without a good one it is not an archive
	if _, err := lookAtBytes(t, b); err == nil {
		t.Fatal("a bad checksum was believed")
	}
}

func FuzzOpenReader(f *testing.F) {
	stat := "1 (x) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0 0 0 0\n"
	f.Add([]byte(nil))
	f.Add(tarOf(f, entry{"proc/1/stat", stat, 0, 0}, entry{"proc/1/status", "State:\tS\n", 0, 0}))
	f.Add(gzipped(f, tarOf(f, entry{"x/1/stat", stat, 0, 0})))
	f.Add(tarOf(f, entry{"capture.json", `{"format":"zombiectl-capture/1"}`, 0, 0}, entry{"proc/1/stat", stat, 0, 0}))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := lookAtBytes(t, b)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "it: ") {
				t.Fatalf("error without the name of its source: %v", err)
			}
			return
		}
		s.Tree()
	})
}

// TestCalledUstar: a process is called what stands in every header.
func TestCalledUstar(t *testing.T) {
	const at = 257
	b := []byte("PID PPID STAT COMMAND\n1 0 S init\n7 1 S " + strings.Repeat("x", at))
	b = append(b[:at], "ustar\n8 7 Z y\n"...)
	b = append(b, strings.Repeat("9 7 S z\n", 99)...)
	s, err := lookAtBytes(t, b)
	if err != nil || s.Source.Kind != facts.Text || s.Find(8) == nil {
		t.Errorf("error %v", err)
	}
}

// TestNoProcess: a file with the name of a process that is not one.
func TestNoProcess(t *testing.T) {
	stat := "1 (x) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0 0 0 0\n"
	for name, tt := range map[string]struct {
		files fstest.MapFS
		want  string // "": no error
	}{
		"a file":                {fstest.MapFS{"1": {}}, "it is neither a root directory"},
		"a file below proc":     {fstest.MapFS{"proc/1": {}}, "there is no process below its proc directory"},
		"a directory":           {fstest.MapFS{"1/status": {}}, "no process can be read: proc/1/stat: "},
		"a stat that is broken": {fstest.MapFS{"proc/1/stat": {}, "proc/2/stat": {}}, "no process can be read: proc/1/stat: "},
		"one of two":            {fstest.MapFS{"proc/1/stat": {Data: []byte(stat)}, "proc/2/stat": {}}, ""},
	} {
		r, err := OpenFS(tt.files, "it")
		if err == nil {
			_, err = Look(r, Options{})
		}
		if (err == nil) != (tt.want == "") || err != nil && !strings.HasPrefix(err.Error(), "it: "+tt.want) {
			t.Errorf("%s: error %v, want %q", name, err, tt.want)
		}
	}
}

// TestCrowd: more processes than can be reported on are refused in every form,
// and one less is not.
func TestCrowd(t *testing.T) {
	var list bytes.Buffer
	list.WriteString("PID PPID STAT COMMAND\n")
	files := fstest.MapFS{}
	for pid := 1; pid <= look.MaxRecorded; pid++ {
		fmt.Fprintln(&list, pid, 0, "S", "x")
		files[facts.Path(pid, "stat")] = &fstest.MapFile{}
	}
	if s, err := lookAtBytes(t, list.Bytes()); err != nil || len(s.Procs) != look.MaxRecorded {
		t.Errorf("as many as may be: %v", err)
	}
	fmt.Fprintln(&list, look.MaxRecorded+1, 0, "S", "x")
	if _, err := lookAtBytes(t, list.Bytes()); !errors.Is(err, look.ErrCrowd) {
		t.Errorf("a list of more: error %v", err)
	}
	looked := func() error {
		r, err := OpenFS(files, "it")
		if err != nil {
			t.Fatal(err)
		}
		_, err = Look(r, Options{})
		return err
	}
	if err := looked(); errors.Is(err, look.ErrCrowd) { // their files are empty, which is another error
		t.Errorf("as many as may be, recorded: %v", err)
	}
	files[facts.Path(look.MaxRecorded+1, "stat")] = &fstest.MapFile{}
	if err := looked(); !errors.Is(err, look.ErrCrowd) {
		t.Errorf("a recording of more: error %v", err)
	}
}
