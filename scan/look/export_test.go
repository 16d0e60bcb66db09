package look

// For the tests that look at recordings, whose package imports this one.
const (
	MaxCgroupDepth = maxCgroupDepth
	MaxLogLinks    = maxLogLinks
)

// TracerOf looks at a source, and returns the process that traces another; 0:
// none is found.
func TracerOf(src Source, pid int) (int, error) {
	r := newReading(src, Options{})
	if err := r.readAll(); err != nil {
		return 0, err
	}
	r.readCloser()
	if p := r.tracerOf(r.snap.Find(pid)); p != nil {
		return p.PID, nil
	}
	return 0, nil
}
