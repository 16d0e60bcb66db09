package observe

// SetterOf is for tests of what is said of it.
func SetterOf(l *Looks, path string) Setter { return l.setterOf(path) }
