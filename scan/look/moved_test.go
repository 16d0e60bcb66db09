package look_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zombiectl/zombiectl/scan/look"
	"github.com/zombiectl/zombiectl/scan/record"
)

// moving is a source in which a thread is in another system call each time.
type moving struct {
	look.Source
	calls map[string]int
}

func (m moving) Aside() look.Source { return m }

func (m moving) Read(name string, limit int) ([]byte, error) {
	b, err := m.Source.Read(name, limit)
	if strings.HasSuffix(name, "/syscall") {
		if m.calls[name]++; m.calls[name] > 1 {
			return []byte("0 0x0 0x0 0x0 0x0 0x0 0x0 0x0 0x0\n"), err
		}
	}
	return b, err
}

// TestMoved: facts that were read of a thread while it moved belong to no one
// moment.
func TestMoved(t *testing.T) {
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"proc/1/stat": statLine(1, 0, "init", "S", 1), "proc/7/stat": statLine(7, 1, "parent", "S", 1), "proc/8/stat": statLine(8, 7, "child", "Z", 1),
		"proc/7/status": "State:\tS (sleeping)\n", "proc/7/task/7/stat": statLine(7, 1, "parent", "S", 1),
		"proc/7/task/7/syscall": "61 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8\n", "proc/7/task/7/wchan": "do_wait",
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	src, err := record.OpenFS(files, "test")
	if err != nil {
		t.Fatal(err)
	}
	for moves, src := range map[bool]look.Source{true: moving{src, map[string]int{}}, false: src} {
		s, err := look.Look(src, look.Options{})
		if err != nil {
			t.Fatal(err)
		}
		threads, _ := s.Find(7).Deep.Threads.Get()
		if len(threads) != 1 {
			t.Fatalf("%d threads", len(threads))
		}
		call, _ := threads[0].Syscall.Get()
		if call.Running != moves || threads[0].Wchan.Known() == moves {
			t.Errorf("moves %v: %+v", moves, threads[0])
		}
	}
}
