package rule

import "github.com/zombiectl/zombiectl/diagnose/observe"

var _ = register(Rule{
	ID: "Z208", Name: "parent-uninterruptible", Severity: Warning,
	Rank: SleepsRank, Nudge: useless("the parent is in uninterruptible sleep: signals wait"), Parent: haltedAs(observe.Uninterruptible),
	Title: "The parent is in uninterruptible sleep (D)",
	Means: `In two looks the parent was in state D: it waits in the kernel for a device, a network file system or a driver, and no
signal interrupts that. It is not suspended by vfork, which looks the same: that is Z202. Its zombies stay until
what it waits for comes.`,
	Confirm: `    ps -o pid,stat,wchan:32,comm -p PARENT    # D, and the kernel function
    cat /proc/PARENT/stack                    # as root: how it got there`,
	Fix: "Repair what it waits for: the NFS server, the disk, the driver. Killing it, or sending it signals, has no effect before that.",
})
