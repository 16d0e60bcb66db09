package jsondoc

import (
	"time"

	"github.com/zombiectl/zombiectl/report/doc"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

type doer struct {
	PID int `json:"pid"`
	UID int `json:"uid"`
}

type action struct {
	Time   string  `json:"time"`
	Deed   string  `json:"deed"`
	Signal *string `json:"signal"`
	To     subject `json:"to"`
	Result string  `json:"result"`
	Error  *string `json:"error"`
}

func newActions(actions []doc.Action) []action {
	return each(actions, func(a *doc.Action) action {
		comm := sanitize.Valid(a.Comm)
		return action{
			Time: a.Time.UTC().Format(time.RFC3339Nano), Deed: a.Deed, Signal: signalName(a.Signal),
			To: subject{PID: a.To.PID, StartTicks: words.Pointer(a.To.Start), Comm: &comm}, Result: sanitize.Valid(a.Result), Error: known(a.Err),
		}
	})
}
