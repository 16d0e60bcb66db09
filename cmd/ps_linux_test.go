package cmd_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// psCommands print the same processes in many ways.
var psCommands = []struct {
	command []string
	parents bool // it shows them, if only where it draws a tree
	tree    bool // it draws one, and has no other
	names   bool // it shows only names: zombies have no mark
}{
	{[]string{"ps", "-ef"}, true, false, false},
	{[]string{"ps", "aux"}, false, false, false},
	{[]string{"ps", "auxf"}, true, true, false},
	{[]string{"ps", "axf"}, true, true, false},
	{[]string{"ps", "axjf"}, true, false, false},
	{[]string{"ps", "axl"}, true, false, false},
	{[]string{"ps", "-el"}, true, false, false},
	{[]string{"ps", "-eF"}, true, false, false},
	{[]string{"ps", "-eLf"}, true, false, false},
	{[]string{"ps", "-ejf"}, true, false, false},
	{[]string{"ps", "-e"}, false, false, true},
	{[]string{"ps", "-eo", "pid,ppid,stat,comm"}, true, false, false},
	{[]string{"ps", "-eo", "stat,ppid,user,lstart,pid,args"}, true, false, false},
	{[]string{"ps", "-eo", "comm,start,time,pid,ppid,cgroup,s"}, true, false, false},
	{[]string{"ps", "-eo", "user,pid,args", "--forest"}, true, true, false},
	{[]string{"top", "-b", "-n1", "-w", "200"}, false, false, false},
	{[]string{"busybox", "ps", "-o", "pid,ppid,stat,comm"}, true, false, false},
	{[]string{"busybox", "top", "-b", "-n1"}, true, false, false},
}

// TestPS compares the facts of the text that ps prints with a look at the same
// processes.
func TestPS(t *testing.T) {
	t.Parallel()
	zombiectl := program(t)
	for _, scene := range []string{"uf-backend", "never-waits-under-init", "uf-backend-tini"} {
		t.Run(scene, func(t *testing.T) {
			t.Parallel()
			ctx, stage := set(t, scene)
			out, _ := in(ctx, t, stage, zombiectl, "scan", "--min-age", "0s", "-o", "json") // a list knows no ages
			live := parse(t, out)
			for _, c := range psCommands {
				if _, err := exec.LookPath(c.command[0]); err != nil {
					if os.Getenv("CI") == "true" {
						t.Fatal(err)
					}
					t.Logf("not compared with %v: %v", c.command, err)
					continue
				}
				ps := stage.Command(ctx, c.command[0], c.command[1:]...)
				ps.Env = append(ps.Environ(), "LC_ALL=C", "TERM=dumb")
				text, err := ps.Output()
				if err != nil {
					t.Fatalf("%v: %v", c.command, err)
				}
				// With its header, and without.
				_, headless, _ := strings.Cut(string(text), "\n")
				texts := []string{string(text)}
				if len(c.command) == 2 && c.command[0] == "ps" {
					texts = append(texts, headless)
				}
				for _, text := range texts {
					scan := exec.CommandContext(ctx, zombiectl, "scan", "--from", "-", "-o", "json")
					scan.Env = append(os.Environ(), runVariable+"=1")
					scan.Stdin = strings.NewReader(text)
					var out, errs bytes.Buffer
					scan.Stdout, scan.Stderr = &out, &errs
					if err := scan.Run(); err != nil {
						t.Fatalf("%v: %v: %s\n%s", c.command, err, errs.String(), text)
					}
					d := parse(t, out.String())
					parents := c.parents && (strings.Contains(text, `\_ `) || !c.tree)
					want := zombieLines(live, parents)
					if c.names {
						want = nil
						if !slices.Contains(d.rules(), "Z901") {
							t.Errorf("%v: names only, and no word of it", c.command)
						}
					}
					if got := zombieLines(d, parents); !slices.Equal(got, want) {
						t.Errorf("%v:\n%v\nwant\n%v\nof\n%s", c.command, got, want, text)
					}
					if parents && !c.names {
						if got, want := primary(d), primary(live); got != want {
							t.Errorf("%v: the parent to blame is %s, and live %s", c.command, got, want)
						}
					}
				}
			}
		})
	}
}

func zombieLines(d document, parents bool) []string {
	var lines []string
	for _, z := range d.Zombies {
		line := fmt.Sprint(z.PID, " ", z.Comm)
		if parents {
			line += fmt.Sprint(" of ", z.PPID)
		}
		lines = append(lines, line)
	}
	return lines
}

// primary is the parent with the most zombies, and the rule about it.
func primary(d document) string {
	if len(d.Parents) == 0 {
		return "none"
	}
	p := d.Parents[0]
	return fmt.Sprint(p.PID, " with ", p.Zombies, " by ", slices.Concat(p.Rules, []string{"none"})[0])
}
