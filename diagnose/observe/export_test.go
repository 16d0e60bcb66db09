package observe

// SetterOf is for tests of the words about it.
func SetterOf(l *Looks, path string) Setter { return l.setterOf(path) }
