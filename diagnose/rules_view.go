package diagnose

// viewRules: what could not be seen.
var viewRules = []*Rule{
	{
		ID: "Z901", Name: "blind", Severity: Warning, whole: blind,
		Title: "Not every process could be seen",
		Means: `Part of what there is was hidden or could not be made sense of: /proc is mounted with hidepid or subset=pid, a file
was malformed or not readable, or a parent is missing from view. Of the text that ps printed: it is a part only, or
does not show which are zombies. The rest was judged; but "no zombies" cannot be
said. A check that would otherwise pass exits 3; --allow-partial waives that.`,
		Confirm: "    grep ' /proc ' /proc/self/mountinfo         # hidepid=, subset=\n    ls -ld /proc/[0-9]* | wc -l",
		Fix:     "Look as root with CAP_SYS_PTRACE, or as a member of the group in the gid= option of the mount. Record a broken recording anew.",
	},
	{
		ID: "Z902", Name: "unknown-facts", Severity: Info, whole: unknownFacts,
		Title: "Some facts about the processes in view are hidden",
		Means: `Every process is in view, but the kernel does not tell us everything about each: what a thread waits for, the
namespaces, the executable, are for the same user or CAP_SYS_PTRACE only. The text that ps printed tells less still.
What rests on such a fact is shown as unknown. Of a parent whose zombies no rule explains it says so, and what would have
told; a check that fails on the zombies names that parent by it.`,
		Confirm: "    cat /proc/PID/syscall; readlink /proc/PID/ns/pid    # Permission denied",
		Fix:     "Look as root with CAP_SYS_PTRACE when the verdict matters, or as the user of the parent.",
	},
}
