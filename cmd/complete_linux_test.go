package cmd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// completions returns the offer to a shell: the words, whether files are offered
// too, and the text beside the words.
func completions(t *testing.T, line string, typed string) (words []string, files bool, all string) {
	t.Helper()
	out, errs, code := ask(t, 0, append(append([]string{"__complete"}, strings.Fields(line)...), typed)...)
	if code != 0 || errs != "" {
		t.Errorf("%s %q: exit code %d: %s", line, typed, code, errs)
	}
	for l := range strings.Lines(out) {
		word, _, _ := strings.Cut(strings.TrimSuffix(l, "\n"), "\t")
		if strings.HasPrefix(word, ":") {
			return words, word == ":0", out
		}
		words = append(words, word)
	}
	t.Errorf("%s %q: no directive in\n%s", line, typed, out)
	return nil, false, out
}

func TestCompletion(t *testing.T) {
	const from = " --from ../fixtures/never-waits-under-init/root"
	for _, c := range []struct{ line, typed, want string }{
		{"scan -o", "", "text wide tree json yaml html markdown prometheus"},
		{"check --output", "j", "json junit"},
		{"scan --color", "", "auto always never"},
		{"capture --args", "", "redact keep"},
		{"check --ignore", "z40", "Z401 Z402 Z403 Z404 Z405"},
		{"check --fail-on", "Z201,Z90", "Z201,Z901 Z201,Z902"},
		{"explain", "zom", "zombie"},
		{"explain", "Z90", "Z901 Z902"},
		{"simulate", "leaving-", "leaving-three"},
		{"watch --until", "", "leak clean"},
		{"reap --signal", "CO", "CONT"},
		{"reap --signal", "STO", ""},
		{"help", "e", "environment exit-codes explain"},
		{"scan --min-age", "", ""},
		{"check --max-zombies", "", ""},
		{"scan" + from, "", "6 12 13 14"},
		{"scan" + from, "1", "12 13 14 1 15"},
		{"scan 6" + from, "", ""},
		{"reap" + from, "", "6 12 13 14"},
		{"reap --parent 6" + from, "", "6 12 13 14"},
		{"explain Z201" + from + " --pid", "", "6 12 13 14"},
		{"capture" + from + " --only", "12,1", "12,12 12,13 12,14 12,1 12,15"},
		{"version", "", ""},
		{"watch", "", ""},
		{"scan --from - ", "", ""},
		{"scan --from /nowhere", "", ""},
	} {
		words, files, all := completions(t, c.line, c.typed)
		if got := strings.Join(words, " "); got != c.want || files {
			t.Errorf("%s %q: got %q, files: %v, want %q", c.line, c.typed, got, files, c.want)
		}
		if strings.HasPrefix(c.line, "scan --from ..") && c.typed == "" && !strings.Contains(all, "6\tleaky-parent, 3 zombies\n") {
			t.Errorf("%s: nothing is said of it in\n%s", c.line, all)
		}
	}
	for _, line := range []string{"scan --from", "scan --since", "check --baseline", "check --report", "capture"} {
		if _, files, all := completions(t, line, ""); !files {
			t.Errorf("%s: no files: %s", line, all)
		}
	}
}

// TestCompletionInTime: a look that takes too long, and a program that fails, offer
// nothing, and say nothing.
func TestCompletionInTime(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	kubectl := filepath.Join(dir, "kubectl")
	if err := writeProgram(kubectl, []byte("#!/bin/sh\necho why >&2; sleep 600\n")); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"scan --from " + fifo, "pods --kubectl " + kubectl, "pods --kubectl /nonexistent --namespace"} {
		began := time.Now()
		if words, files, _ := completions(t, line, ""); len(words) > 0 || files {
			t.Errorf("%s: %q, files: %v", line, words, files)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: took %s", line, took)
		}
	}
}

// TestCompletionPods: kubectl knows the names, and calls us as its plugin's
// helper.
func TestCompletionPods(t *testing.T) {
	dir := t.TempDir()
	kubectl := filepath.Join(dir, "kubectl")
	script := `#!/bin/sh
case $* in
"get pods -o name --namespace=shop") printf 'pod/web-0\npod/web-1\npod/a;b\n' ;;
"get pods -o name") printf 'pod/one\n' ;;
"get namespaces -o name") printf 'namespace/shop\nnamespace/default\n' ;;
"config get-contexts -o name") printf 'prod\n' ;;
*) exit 1 ;;
esac
`
	if err := writeProgram(kubectl, []byte(script)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ line, want string }{
		{"", "one"}, {"--namespace shop", "web-0 web-1"}, {"-n shop web-1", "web-0"}, {"-n", "shop default"}, {"--context", "prod"}, {"--user", ""}, {"-o", "text wide json yaml"},
	} {
		words, files, _ := completions(t, "pods --kubectl "+kubectl+" "+c.line, "")
		if got := strings.Join(words, " "); got != c.want || files {
			t.Errorf("%s: got %q, want %q", c.line, got, c.want)
		}
	}
}

// TestCompletionLinks: by the name that kubectl looks for it completes the plugin.
func TestCompletionLinks(t *testing.T) {
	exe := program(t)
	link := filepath.Join(t.TempDir(), "kubectl_complete-zombies")
	if err := os.Symlink(exe, link); err != nil {
		t.Fatal(err)
	}
	if out, errs, code := zombiectlAs(t, link, "-o", "w"); code != 0 || errs != "" || !strings.HasPrefix(out, "wide\n:") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
}

// TestCompletionBash: a real shell loads the script and completes with it.
func TestCompletionBash(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	exe := program(t)
	dir := t.TempDir()
	if err := os.Symlink(exe, filepath.Join(dir, "zombiectl")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), bash, "-c", `
_init_completion() { words=("${COMP_WORDS[@]}"); cword=2; cur=Z90; prev=explain; } # of the package bash-completion
compopt() { :; }
source <(zombiectl completion bash)
COMP_WORDS=(zombiectl explain Z90) COMP_CWORD=2 COMP_LINE="zombiectl explain Z90" COMP_POINT=21 COMP_TYPE=9
__start_zombiectl
printf '%s\n' "${COMPREPLY[@]}"`)
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err != nil || len(lines) != 2 || !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "Z902") }) {
		t.Errorf("%v: %q", err, out)
	}
}
