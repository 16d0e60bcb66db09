package watchview

import (
	"fmt"
	"strings"

	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/textpage"
)

// Help are the keys, and what each does.
var Help = [][2]string{
	{"Up, Down, k, j", "choose a parent"},
	{"PgUp, PgDn", "go up or down by a page"},
	{"Home, End, g, G", "go to the first or the last parent"},
	{"Enter", "show what \"zombiectl scan PID\" says about it"},
	{"/, F4", "show only parents whose command, container or PID has a text"},
	{"s, F6", "sort by the next column; S: by the one before"},
	{"space, p", "pause or resume the screen; the watch goes on"},
	{"Esc", "go back; drop the filter"},
	{"^L", "draw the screen again"},
	{"?, h, F1", "show this page"},
	{"q, F10, ^C", "quit; the last verdict stays on the screen"},
}

// marks are what the table does not say by itself.
var marks = [][2]string{
	{"!", "a leak: its zombies grow, and none was reaped meanwhile"},
	{"NEW, REAPED", "zombies that came, and that were reaped, since the start"},
	{"NET", "how many more zombies than at the start"},
	{"TREND", "its zombies at the last looks, from the fewest to the most"},
}

// text is a page of text, of which a part is shown, and the line of its keys.
func (v *View) text(s page.Style, height int) (lines []string, keys string, err error) {
	title, write := "", v.help
	if v.page == processPage {
		title, write = fmt.Sprintf("zombiectl scan %d  as of %s", v.asked, v.processAt), v.about
		if v.paused {
			title += "  PAUSED"
		}
	} else {
		title = "Keys"
	}
	head, err := render(s, func(p *page.Page) {
		p.Line(p.Bold.Sprint(title))
		p.Blank()
	})
	if err != nil {
		return nil, "", err
	}
	body, err := render(s, write)
	if err != nil {
		return nil, "", err
	}
	v.room = max(1, height-len(head))
	v.scroll = min(v.scroll, max(0, len(body)-v.room))
	shown := body[v.scroll:min(len(body), v.scroll+v.room)]
	keys = "Esc, q go back"
	if len(shown) < len(body) {
		keys += fmt.Sprintf("   Up, Down, PgUp, PgDn scroll (lines %d to %d of %d)", v.scroll+1, v.scroll+len(shown), len(body))
	}
	return append(head, shown...), keys, nil
}

func (v *View) help(p *page.Page) {
	const first = 17 // columns
	for i, list := range [][][2]string{Help, marks} {
		if i > 0 {
			p.Blank()
		}
		for _, l := range list {
			p.Wrap(first+2, "  "+l[0]+strings.Repeat(" ", max(1, first-len(l[0]))), l[1])
		}
	}
}

func (v *View) about(p *page.Page) {
	switch {
	case v.asked <= 0:
		p.Wrap(0, "", "This parent is outside this PID namespace, so nothing can be read about it.")
	case v.process == nil:
		p.Wrap(0, "", fmt.Sprintf("Process %d is not there any more.", v.asked))
	default:
		textpage.Process(p, v.process, false)
	}
}
