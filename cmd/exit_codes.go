package cmd

// Exits says what the exit codes of a command mean.
type Exits struct {
	Command string    // with its arguments, where these make the difference
	Codes   [4]string // of 0 to 3; "": never
	Other   string
}

const printed = "it was printed"

// ExitCodes returns what each command exits with: the help of a command, "help
// exit-codes", the man pages and docs/exit-codes.md come from here.
func ExitCodes() []Exits {
	return []Exits{
		{Command: "scan", Codes: [4]string{"it could look, whatever it found", "", "", "it could not look"}},
		{Command: "check", Codes: [4]string{"nothing counts", "warning", "critical", "there is no answer: it could not look, or could not see everything"}},
		{
			Command: "check -- COMMAND",
			Codes:   [4]string{"the command succeeded, and left no more than allowed", "it left more than allowed", "what it left is critical", "it could not be run"},
			Other:   "the command's own exit code, when it failed: 128 + N when signal N killed it",
		},
		{Command: "watch", Codes: [4]string{
			"nothing that counts came, or no verdict was asked for", "warning; a leak with --until leak; zombies are left with --until clean", "critical", "there is no answer",
		}},
		{Command: "reap", Codes: [4]string{"no zombie is left", "some are left", "", "it could not try"}},
		{Command: "probe", Codes: [4]string{"orphans are reaped", "they are not", "", "there is no answer"}},
		{Command: "capture", Codes: [4]string{"it is recorded", "", "", "it is not recorded, or not completely"}},
		{
			Command: "pods", Codes: [4]string{"it could look into all containers, whatever it found", "", "", "it could not look into one of them"},
			Other: "kubectl's own exit code, when kubectl cannot list the pods",
		},
		{Command: "simulate", Codes: [4]string{"the scene was set, and nothing of it is left", "", "", "it was not set"}},
		{Command: "init", Other: "the program's own exit code: 128 + N when signal N killed it; 126 when it cannot be executed, 127 when there is none"},
		{Command: "install", Codes: [4]string{"it is copied", "", "", "it is not copied"}},
		{Command: "explain", Codes: [4]string{printed, "", "", "there is no such rule or topic"}},
		{Command: "version", Codes: [4]string{0: printed}},
		{Command: "help", Codes: [4]string{printed, "", "", "there is no such command or topic"}},
		{Command: "completion", Codes: [4]string{printed, "", "", "there is no such shell"}},
	}
}

// Entries are all codes, with their meanings.
func (e *Exits) Entries() []Entry {
	var out []Entry
	for code, text := range e.Codes {
		if text != "" {
			out = append(out, Entry{string(rune('0' + code)), text})
		}
	}
	if e.Other != "" {
		out = append(out, Entry{"other", e.Other})
	}
	return out
}
