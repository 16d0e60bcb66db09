package facts

// Opt is a fact that may be unknown. The zero value is unknown, so a field
// that nobody filled is never mistaken for 0, false or "". There is
// deliberately no method that supplies a default: whoever uses the value has
// to say what happens when it is unknown.
type Opt[T any] struct {
	v  T
	ok bool
}

// Some returns a known fact.
func Some[T any](v T) Opt[T] { return Opt[T]{v: v, ok: true} }

// Get returns the fact, and whether it is known.
func (o Opt[T]) Get() (T, bool) { return o.v, o.ok }

// Known reports whether the fact is known.
func (o Opt[T]) Known() bool { return o.ok }

// Told makes a fact of a text, of which "" means that it is not known.
func Told(s string) Opt[string] { return Opt[string]{v: s, ok: s != ""} }
