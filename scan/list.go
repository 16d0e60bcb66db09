package scan

import (
	"bufio"

	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/scan/look"
	"github.com/zombiectl/zombiectl/scan/pslist"
	"github.com/zombiectl/zombiectl/scan/record"
)

// list is a list of processes: there is nothing to look at but itself.
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
