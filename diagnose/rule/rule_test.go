package rule

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	got, err := Parse([]string{"z201", "pid1-not-reaping"})
	if err != nil || len(got) != 2 || got[0] != "Z201" || got[1] != "Z301" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := Parse([]string{"Z999"}); err == nil || !strings.Contains(err.Error(), "Z999") {
		t.Errorf("got %v", err)
	}
}
