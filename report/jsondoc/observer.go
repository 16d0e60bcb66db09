package jsondoc

import (
	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report/words"
)

type observer struct {
	Place     string     `json:"place"`
	Ptrace    string     `json:"ptrace"`
	UID       *int       `json:"uid"`
	Container *container `json:"container"`
	Foreign   int        `json:"foreignProcesses"`
	Better    []string   `json:"better"`
}

func newObserver(s *diagnose.Stand) observer {
	place := string(s.Place)
	if place == "" {
		place = string(diagnose.Nowhere)
	}
	return observer{
		Place: place, Ptrace: words.Answer(s.Ptrace), UID: words.Pointer(s.UID), Container: newContainer(s.Container),
		Foreign: s.Foreign, Better: list(s.Better),
	}
}
