package doc

// Scene is something that can be simulated.
type Scene struct {
	Name, Title string
	Rules       []string
	Zombies     int
	Sized       bool // any number of zombies can be had
}
