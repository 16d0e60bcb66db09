package rule

import "github.com/zombiectl/zombiectl/diagnose/observe"

var _ = register(Rule{
	ID: "Z207", Name: "parent-frozen", Severity: Warning,
	Rank: FrozenRank, Nudge: useless("the parent is frozen: thaw it"), Parent: haltedAs(observe.Frozen),
	Title: "The parent's cgroup is frozen",
	Means: `The parent is in a cgroup that is frozen, or that is below one: docker pause, systemctl freeze, a checkpoint, a node
agent. A frozen process does nothing, reaping included. By cgroup v1 it looks like D, by v2 like S.`,
	Confirm: `    cat /proc/PARENT/cgroup
    cat /sys/fs/cgroup/freezer/CGROUP/freezer.state      # v1: FROZEN
    grep frozen /sys/fs/cgroup/CGROUP/cgroup.events      # v2: frozen 1`,
	Fix: `Thaw it by the tool that froze it: docker unpause, podman unpause, systemctl thaw. By hand:

    echo THAWED > /sys/fs/cgroup/freezer/CGROUP/freezer.state
    echo 0 > /sys/fs/cgroup/CGROUP/cgroup.freeze`,
})
