package sys

import "testing"

func TestSignalName(t *testing.T) {
	for n, want := range map[int]string{
		SIGHUP: "SIGHUP", SIGTERM: "SIGTERM", SIGCHLD: "SIGCHLD", SIGWINCH: "SIGWINCH", 31: "SIGSYS",
		32: "signal 32", 34: "SIGRTMIN+0", LastSignal: "SIGRTMIN+30", 0: "signal 0", 65: "signal 65", -1: "signal -1",
	} {
		if got := SignalName(n); got != want {
			t.Errorf("SignalName(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestParseSignal(t *testing.T) {
	for n := 1; n <= LastSignal; n++ {
		if got, ok := ParseSignal(SignalName(n)); n != 32 && n != 33 && (!ok || got != n) {
			t.Errorf("ParseSignal(%q) = %d, %v", SignalName(n), got, ok)
		}
	}
	for s, want := range map[string]int{"SIGCONT": SIGCONT, "cont": SIGCONT, "18": SIGCONT, "Term": SIGTERM, "rtmin+1": 35, "64": 64} {
		if got, ok := ParseSignal(s); !ok || got != want {
			t.Errorf("ParseSignal(%q) = %d, %v, want %d", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "SIG", "SIGNONE", "0", "65", "-1", "15x", " TERM", "SIGSIGTERM"} {
		if n, ok := ParseSignal(s); ok {
			t.Errorf("ParseSignal(%q) = %d", s, n)
		}
	}
}
