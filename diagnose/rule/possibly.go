package rule

// gaps is whether there are gaps between the PIDs of zombies that were started
// together (observe.Gaps).
type gaps bool

// hint says what they may show, behind a message; "": there are none.
func (g gaps) hint() string {
	if !g {
		return ""
	}
	return "; possibly adopted: they were started together, and each took several PIDs, as if intermediates had come and gone"
}
