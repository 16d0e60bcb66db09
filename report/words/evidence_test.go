package words

import (
	"testing"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
)

func TestEvidenceLine(t *testing.T) {
	for _, c := range []struct {
		e    diagnose.Evidence
		want string
	}{
		{diagnose.Evidence{File: "/proc/7/stat", Fields: observe.Fields{Numbers: []int{3, 4}, Name: "state, ppid"}, Value: "Z 1"}, `awk '{sub(/.*\) /, ""); print $1, $2}' /proc/7/stat  # Z 1  (state, ppid)`},
		{diagnose.Evidence{File: "/proc/7/stat", Fields: observe.Fields{Numbers: []int{3}, Name: "state", Look: "first look"}, Value: "Z"}, `awk '{sub(/.*\) /, ""); print $1}' /proc/7/stat  # Z  (state, first look)`},
		{diagnose.Evidence{File: "/proc/7/stat", Fields: observe.Fields{Numbers: []int{2, 4}, Name: "comm, ppid"}, Value: "x 0"}, `cat /proc/7/stat  # x 0  (comm, ppid)`},
		{diagnose.Evidence{File: "/proc/loadavg", Fields: observe.Fields{Numbers: []int{4}, Name: "total"}, Value: "9"}, `awk '{print $4}' /proc/loadavg  # 9  (total)`},
		{diagnose.Evidence{File: "/proc/7/status", Fields: observe.Fields{Name: "SigCgt"}, Value: "0"}, `grep '^SigCgt' /proc/7/status  # 0`},
		{diagnose.Evidence{File: "/proc/7/sched", Fields: observe.Fields{Name: "se.exec_start"}, Value: "1 ms"}, `grep '^se\.exec_start' /proc/7/sched  # 1 ms`},
		{diagnose.Evidence{File: "/proc/7/limits", Fields: observe.Fields{Name: "Max processes"}, Value: "1"}, `grep '^Max processes' /proc/7/limits  # 1`},
		{diagnose.Evidence{File: "/proc/7/wchan", Value: "do_wait"}, `cat /proc/7/wchan  # do_wait`},
		{diagnose.Evidence{File: "/proc/7/ns/pid", Value: "pid:[1]"}, `readlink /proc/7/ns/pid  # pid:[1]`},
		{diagnose.Evidence{File: "/proc/[0-9]*/task", Fields: observe.Fields{Name: "threads that were seen"}, Value: "3"}, `/proc/[0-9]*/task  threads that were seen  3`},
		// What a process, or whoever names a cgroup, may have made of it.
		{diagnose.Evidence{File: "/sys/fs/cgroup/a b;reboot/pids.max", Value: "3"}, `/sys/fs/cgroup/a b;reboot/pids.max    3`},
		{diagnose.Evidence{File: "/sys/fs/cgroup/$(reboot)/pids.max", Value: "3"}, `/sys/fs/cgroup/$(reboot)/pids.max    3`},
		{diagnose.Evidence{File: "/sys/fs/cgroup/\x1b[2J/pids.max", Value: "3\n$(reboot)"}, `/sys/fs/cgroup/\x1b[2J/pids.max    3\x0a$(reboot)`},
		{diagnose.Evidence{File: "/proc/7/wchan", Value: "a\nreboot"}, `cat /proc/7/wchan  # a\x0areboot`},
		{diagnose.Evidence{File: "/proc/7/status", Fields: observe.Fields{Name: "Name'; reboot; '"}, Value: "1"}, `/proc/7/status  Name'; reboot; '  1`},
	} {
		if got := evidenceLine(&c.e); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}
