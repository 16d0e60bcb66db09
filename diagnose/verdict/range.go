package verdict

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Range is a range in the notation of the monitoring plugins: "10" alerts
// outside 0 to 10, "10:" below 10, "~:10" above 10, "10:20" outside, "@10:20"
// inside.
type Range struct {
	text     string
	from, to float64
	inside   bool
}

// ParseRange parses a range.
func ParseRange(s string) (*Range, error) {
	r := &Range{text: s, to: math.Inf(1)}
	rest, inside := strings.CutPrefix(s, "@")
	r.inside = inside
	from, to, two := strings.Cut(rest, ":")
	if !two {
		from, to = "0", rest
	}
	var err error
	switch from {
	case "~":
		r.from = math.Inf(-1)
	case "":
		r.from = 0
	default:
		r.from, err = number(from)
	}
	if err == nil && (to != "" || !two) {
		r.to, err = number(to)
	}
	if err == nil && r.from > r.to {
		err = fmt.Errorf("%s is above %s", from, to)
	}
	if err != nil {
		return nil, fmt.Errorf("bad range %q: %w", s, err)
	}
	return r, nil
}

func number(s string) (float64, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, fmt.Errorf("%q is not a number", s)
	}
	return f, nil
}

// Alerts reports whether n is a reason to alert; nil: no number is.
func (r *Range) Alerts(n int) bool {
	v := float64(n)
	return r != nil && (v >= r.from && v <= r.to) == r.inside
}

// String returns the range as it was given; nil gives "".
func (r *Range) String() string {
	if r == nil {
		return ""
	}
	return r.text
}
