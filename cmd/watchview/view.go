package watchview

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// View is what somebody looks at, and what their keys did to it.
type View struct {
	shown, latest *frame // the same one, unless paused
	paused        bool
	events        []string
	history       map[*diagnose.Track][]int

	page      mode
	asked     int               // PID, while its page is open
	opened    bool              // and no look has been taken since
	process   *diagnose.Process // the process on its page; nil: it is gone
	processAt string            // the time of day of that

	scroll   int // lines of a page that are above the screen
	sort     int // in orders
	filter   string
	typing   bool // the filter
	selected facts.ID
	chosen   bool // selected was chosen: until then it is the first row
	index    int  // of the selected row, when it was drawn last
	top      int  // the first row on the screen
	room     int  // rows, or lines of a page, on the screen
}

// mode is which page fills the screen.
type mode int

const (
	parentsPage mode = iota
	processPage
	helpPage
)

// order is an order of the table: its name, the column, and what comes first.
type order struct {
	name, column string
	ascending    bool
	key          func(*row) int
}

var orders = []order{
	{"net", "NET", false, func(r *row) int { return r.Net() }},
	{"zombies", "ZOMBIES", false, func(r *row) int { return r.Now }},
	{"new", "NEW", false, func(r *row) int { return r.New }},
	{"reaped", "REAPED", false, func(r *row) int { return r.Reaped }},
	{"pid", "PID", true, func(r *row) int { return r.PID }},
}

// Sorts are the names of the orders of the table of parents.
func Sorts() []string {
	var names []string
	for _, o := range orders {
		names = append(names, o.name)
	}
	return names
}

// New returns a view without anything to look at yet, in one of Sorts.
func New(sort string) *View {
	return &View{sort: max(0, slices.Index(Sorts(), sort))}
}

// Asked returns the PID whose page is open; false: none is.
func (v *View) Asked() (pid int, open bool) { return v.asked, v.page == processPage }

// rows returns the parents that the filter lets through, in their order, and
// which of them is selected; -1: none.
func (v *View) rows() (rows []*row, selected int) {
	for i := range v.shown.rows {
		if r := &v.shown.rows[i]; v.passes(r) {
			rows = append(rows, r)
		}
	}
	o := orders[v.sort]
	slices.SortStableFunc(rows, func(a, b *row) int {
		if o.ascending {
			a, b = b, a
		}
		return cmp.Compare(o.key(b), o.key(a))
	})
	if v.chosen {
		if i := slices.IndexFunc(rows, func(r *row) bool { return r.ID == v.selected }); i >= 0 {
			return rows, i
		}
		return rows, min(v.index, len(rows)-1) // it is gone: what stands in its place
	}
	return rows, min(0, len(rows)-1)
}

// passes reports whether a parent, or its container, has the text of the filter.
func (v *View) passes(r *row) bool {
	if v.filter == "" {
		return true
	}
	has := func(s string) bool { return strings.Contains(strings.ToLower(s), strings.ToLower(v.filter)) }
	return has(r.Comm) || has(r.Command) || strconv.Itoa(r.PID) == v.filter || container(r) != "" && has(container(r))
}

// container names the container of a parent; "": it is in none, or that is unknown.
func container(r *row) string {
	if r.now == nil || r.now.Container == nil || r.now.Container.Engine == diagnose.NoContainer {
		return ""
	}
	return words.ContainerText(r.now.Container)
}
