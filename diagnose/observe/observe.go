// Package observe answers the questions that rules ask about a snapshot: what a
// process waits for, how it treats SIGCHLD, whose child a zombie is, which
// limits apply, who would adopt. It is pure, and says nothing in English: an
// answer is typed, and carries its evidence.
package observe

// Answer is the answer to a question that evidence may leave open.
type Answer string

// The answers. Unknown is an answer in its own right.
const (
	Yes     Answer = "yes"
	No      Answer = "no"
	Unknown Answer = "unknown"
)

// Certainty says how sure something is.
type Certainty string

// The certainties.
const (
	Certain  Certainty = "certain"
	Likely   Certainty = "likely"
	Possible Certainty = "possible"
)

// CertainIf is Certain where something is so, and Likely elsewhere.
func CertainIf(is bool) Certainty {
	if is {
		return Certain
	}
	return Likely
}

// Signals (signal(7)); the numbers are the same on every architecture that containers run on.
const (
	SIGKILL = 9
	SIGTERM = 15
)

// MaxListed bounds how many examples of a kind are given.
const MaxListed = 3

// MinPoints is how many points a claim about time or several processes has to rest on.
const MinPoints = 5
