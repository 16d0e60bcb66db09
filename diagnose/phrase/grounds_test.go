package phrase

import (
	"testing"

	"github.com/zombiectl/zombiectl/diagnose/observe"
)

// TestEveryKindIsSaid: no kind lacks its words, up to the last.
func TestEveryKindIsSaid(t *testing.T) {
	program := &observe.Program{Name: "tini", Kind: observe.InitProgram}
	for k := range observe.MayWaitForIt + 1 {
		b := observe.Basis{Kind: k, Count: 1, Program: program}
		if Reaps(b) == "" && Sigterm(b) == "" {
			t.Errorf("basis %d", k)
		}
	}
	for k := range observe.ByNothing + 1 {
		if Hears(k) == "" {
			t.Errorf("hearing %d", k)
		}
	}
	for k := observe.NoTrace + 1; k <= observe.NotExeced; k++ {
		if Trace(observe.Trace{Kind: k}) == "" {
			t.Errorf("trace %d", k)
		}
	}
	for k := observe.NoReason + 1; k <= observe.ListedMaybe; k++ {
		if InitWhy(&observe.Parent{}, observe.InitHelp{Reason: k, Answer: observe.Unknown}) == "" {
			t.Errorf("reason %d", k)
		}
	}
	for k := range observe.SetByPidMax + 1 {
		if Setter(observe.Setter{Kind: k}) == "" {
			t.Errorf("setter %d", k)
		}
	}
	for k := observe.Unhalted + 1; k <= observe.Uninterruptible; k++ {
		if Halted(k) == "" {
			t.Errorf("halt %d", k)
		}
	}
}
