package cmd

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/scan"
)

// slate is a writer that may be looked at meanwhile.
type slate struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *slate) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *slate) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func TestProgress(t *testing.T) {
	var w slate
	var p scan.Progress
	stop := showProgress(&w, &p, 0)
	p.Read.Add(100000)
	p.Closer.Add(7)
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(w.String(), "100000 processes read, 7 looked at closer"); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("shown: %q", w.String())
		}
	}
	stop()
	if !strings.HasSuffix(w.String(), "\r\x1b[K") {
		t.Errorf("something is left on the screen: %q", w.String())
	}
	// A look that is quick shows nothing.
	var quiet slate
	showProgress(&quiet, &p, time.Hour)()
	if quiet.String() != "" {
		t.Errorf("shown: %q", quiet.String())
	}
}

// stuck is a writer that nobody reads from.
type stuck struct {
	once  sync.Once
	begun chan struct{}
}

func (s *stuck) Write([]byte) (int, error) {
	s.once.Do(func() { close(s.begun) })
	select {}
}

// TestProgressUnread: stopping the progress does not wait for an unread
// terminal. The control is TestProgress: it does wait for a terminal that is
// read.
func TestProgressUnread(t *testing.T) {
	w := &stuck{begun: make(chan struct{})}
	stop := showProgress(w, &scan.Progress{}, 0)
	<-w.begun
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	select {
	case <-stopped:
	case <-time.After(20 * time.Second):
		t.Error("it waits for a terminal that nobody reads")
	}
}
