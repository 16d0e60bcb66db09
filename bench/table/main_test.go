package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   float64
	}{
		{nil, 0},
		{[]float64{3}, 3},
		{[]float64{9, 1, 2}, 2},
		{[]float64{4, 1, 3, 2}, 2.5},
	} {
		if got := median(test.values); got != test.want {
			t.Errorf("median(%v) = %v, want %v", test.values, got, test.want)
		}
	}
}

// A machine that becomes ten times slower between two rounds changes no ratio.
func TestRatioSurvivesDrift(t *testing.T) {
	floor := rounds{{1, 1, 1}, {10, 10, 10}}
	scan := rounds{{2, 2, 2}, {20, 20, 20}}
	if got := scan.over(floor); got != 2 {
		t.Errorf("ratio = %v, want 2", got)
	}
}

const (
	fixedLarge = `{"results":[
{"command":"floor","times":[0.2],"exit_codes":[0]},
{"command":"zombiectl scan","times":[0.21],"exit_codes":[0]},
{"command":"zombiectl check","times":[0.21],"exit_codes":[2]},
{"command":"ps","times":[1.2],"exit_codes":[0]},
{"command":"check_procs","times":[1.4],"exit_codes":[0]}]}`
	fixedPstree = `{"results":[
{"command":"floor","times":[0.2],"exit_codes":[0]},
{"command":"zombiectl scan","times":[0.21],"exit_codes":[0]},
{"command":"pstree","times":[20],"exit_codes":[0]}]}`
	fixedSmall = `{"results":[
{"command":"floor","times":[0.02],"exit_codes":[0]},
{"command":"zombiectl scan","times":[0.025],"exit_codes":[0]}]}`
	fixedVersion = `{"results":[
{"command":"empty","times":[0.001],"exit_codes":[0]},
{"command":"zombiectl version","times":[0.002],"exit_codes":[0]}]}`
)

// write makes a directory of measurements, with some files of it replaced.
func write(t *testing.T, replaced map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"large.json": fixedLarge, "pstree.json": fixedPstree, "small-before.json": fixedSmall, "small-after.json": fixedSmall, "version.json": fixedVersion,
		"large.processes": "32000\n", "small.processes": "4000\n", "zombies": "2000\n",
		"peak": "20480\n", "size": "6291456\n", "machine": "a machine\n",
		"large.scan.json": `{"summary":{"processes":32001,"zombies":2000}}`,
	}
	maps.Copy(files, replaced)
	for name, text := range files {
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestTable(t *testing.T) {
	for _, test := range []struct {
		name     string
		replaced map[string]string
		kept     bool
		want     string // in the table
		wantErr  string
	}{
		{name: "all kept", kept: true, want: "| scan, × the floor | 1.100 | 1.050 | ok |"},
		{
			name:     "slow scan",
			replaced: map[string]string{"large.json": strings.Replace(fixedLarge, "0.21", "0.23", 1)},
			want:     "| scan, × the floor | 1.100 | 1.150 | MISSED |",
		},
		{
			name:     "large binary",
			replaced: map[string]string{"size": "9000000"},
			want:     "| size of the binary | 8.0 MiB | 8.6 MiB | MISSED |",
		},
		{
			name:     "cost grows faster than the machine",
			replaced: map[string]string{"small-after.json": strings.Replace(fixedSmall, "0.025", "0.015", 1)},
			want:     "| cost per process, × that among 4000 | 1.200 | 1.312 | MISSED |",
		},
		{
			name:     "a failed scan is not a measurement",
			replaced: map[string]string{"large.json": strings.Replace(fixedLarge, `0.21],"exit_codes":[0]`, `0.01],"exit_codes":[3]`, 1)},
			wantErr:  "zombiectl scan exited with 3",
		},
		{
			name:     "a scan that missed zombies is not a measurement",
			replaced: map[string]string{"large.scan.json": `{"summary":{"processes":32001,"zombies":1999}}`},
			wantErr:  "1999 zombies",
		},
		{name: "a file is missing", replaced: map[string]string{"peak": ""}, wantErr: "peak"},
		{name: "a command is missing", replaced: map[string]string{"pstree.json": `{"results":[]}`}, wantErr: "floor was not measured"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			kept, err := run(&out, write(t, test.replaced))
			if test.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), test.wantErr) {
					t.Fatalf("error = %v, want one with %q", err, test.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if kept != test.kept || !strings.Contains(out.String(), test.want) {
				t.Errorf("kept = %v, want %v, and %q in\n%s", kept, test.kept, test.want, &out)
			}
		})
	}
}
