package cmd_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPodsHostile: whatever kubectl, or a container behind it, answers, there is
// one clear error, in time and in bounds. The real kubectl is tested with real
// containers in .ci/containers.
func TestPodsHostile(t *testing.T) {
	exe := program(t)
	list := func(pod string) string {
		return fmt.Sprintf(`{"kind":"PodList","items":[{"metadata":{"name":%q,"namespace":"n"},"spec":{"containers":[{"name":"c"}]},"status":{"containerStatuses":[{"name":"c","state":{"running":{}}}]}}]}`, pod)
	}
	for name, c := range map[string]struct {
		get, exec string // shell
		code      int
		says      string // on either stream
	}{
		"no JSON":            {"echo no", "", 3, "KUBECTL get pods printed something unexpected: invalid character"},
		"another JSON":       {"echo '[]'", "", 3, "KUBECTL get pods printed something unexpected: json"},
		"no pods":            {"echo '{}'", "", 3, "no container of these pods is running"},
		"an option for name": {"echo '" + list("--kubeconfig=x") + "'", "", 3, `"--kubeconfig=x" cannot be a name`},
		"an escape for name": {"echo '" + list(`a\u001b[2J`) + "'", "", 3, "cannot be a name"},
		"its exit code":      {"echo why >&2; exit 42", "", 42, "why"},
		"killed":             {"kill -9 $$", "", 3, "signal: killed"},
		"nothing":            {"echo '" + list("p") + "'", "exit 0", 3, "zombiectl: the answer: it is empty; shell: the answer: it is empty"},
		"an escape":          {"echo '" + list("p") + "'", `printf '\033[2Jx\n'`, 3, "could not be looked at"},
		"it refuses":         {"echo '" + list("p") + "'", `printf 'no \033[2J\n' >&2; exit 1`, 3, `no \x1b[2J`},
		"it hangs":           {"echo '" + list("p") + "'", "sleep 600", 3, "there was no answer within 1s"},
		"it keeps the pipe":  {"echo '" + list("p") + "'", "sleep 600 & exit 1", 3, "could not be looked at"},
		"endless":            {"echo '" + list("p") + "'", "exec yes", 3, "could not be looked at"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kubectl := filepath.Join(t.TempDir(), "kubectl")
			script := "#!/bin/sh\ncase $1 in get) " + c.get + " ;; exec) " + c.exec + "\n ;; esac\n"
			if err := writeProgram(kubectl, []byte(script)); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			out, errs, code := zombiectlAs(t, exe, "pods", "--kubectl", kubectl, "--timeout", "1s")
			if code != c.code || !strings.Contains(out+errs, strings.ReplaceAll(c.says, "KUBECTL", kubectl)) {
				t.Errorf("exit code %d: %s%s", code, out, errs)
			}
			if strings.Contains(out, "\x1b") {
				t.Errorf("an escape gets through: %q", out)
			}
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
	if out, errs, code := zombiectlAs(t, exe, "pods", "--kubectl", "/nonexistent"); code != 3 || out != "" || !strings.Contains(errs, "put kubectl into PATH") {
		t.Errorf("without a kubectl: exit code %d: %s%s", code, out, errs)
	}
	if out, errs, code := zombiectlAs(t, exe, "pods", "-o", "tree"); code != 3 || out != "" || !strings.Contains(errs, "text, wide, json or yaml") {
		t.Errorf("a format that it has not: exit code %d: %s%s", code, out, errs)
	}
}
