package observe

import (
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Unit says what systemd has to do with a process, by its cgroup.
type Unit struct {
	Name    string // of the service that it belongs to: "web.service"; "": none, or unknown
	UID     string // of the user whose manager runs it; "": the system's does
	Machine string // the container of systemd-nspawn that it is in; "": none
}

// maxUnit is how long the name of a unit may be, in bytes (UNIT_NAME_MAX).
const maxUnit = 255

// UnitOf returns the service that a process belongs to: the innermost one, but
// none inside of a container of another engine.
func UnitOf(p *facts.Process) Unit {
	paths, _ := Deep(p).Cgroups.Get()
	for _, c := range paths {
		if u := unitIn(c.Path); u != (Unit{}) {
			return u
		}
	}
	return Unit{}
}

// unitIn finds the unit in the path of a cgroup, as systemd names them:
//
//	/system.slice/web.service
//	/user.slice/user-1000.slice/user@1000.service/app.slice/web.service
//	/machine.slice/machine-NAME.scope/payload/system.slice/web.service
//	/machine.slice/systemd-nspawn@NAME.service/payload/system.slice/web.service
func unitIn(path string) Unit {
	const nspawn = "systemd-nspawn@"
	var u Unit
	for part := range strings.SplitSeq(path, "/") {
		if _, container := facts.ParseContainer("/" + part); container || len(part) > maxUnit {
			break
		}
		name, service := strings.CutSuffix(part, ".service")
		uid, manager := strings.CutPrefix(name, "user@")
		machine, scope := strings.CutSuffix(strings.TrimPrefix(part, "machine-"), ".scope")
		switch {
		case scope && strings.HasPrefix(part, "machine-"):
			u = Unit{Machine: machine}
		case part == "payload" && strings.HasPrefix(u.Name, nspawn):
			u = Unit{Machine: strings.TrimSuffix(u.Name[len(nspawn):], ".service")}
		case service && manager:
			u.Name, u.UID = "", uid
		case service:
			u.Name = part
		}
	}
	return u
}
