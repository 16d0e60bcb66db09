package metrics

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
)

// Write writes the metrics in the text format of Prometheus, for the
// textfile collector of its node exporter.
func Write(out *bytes.Buffer, d *diagnose.Diagnosis, v *verdict.Verdict) {
	m := Of(d, DefaultParents)
	if v != nil {
		m = append(m, Metric{
			Name: "zombiectl_check_status", Help: "The exit code of the check: 0 ok, 1 warning, 2 critical, 3 no answer.",
			Samples: []Sample{{Value: float64(v.ExitCode)}},
		})
	}
	for _, f := range m {
		out.WriteString("# HELP " + f.Name + " " + f.Help + "\n# TYPE " + f.Name + " gauge\n")
		for _, s := range f.Samples {
			out.WriteString(f.Name)
			for i, l := range f.Labels {
				sep := ","
				if i == 0 {
					sep = "{"
				}
				out.WriteString(sep + l + `="` + labelEscaper.Replace(s.Labels[i]) + `"`)
			}
			if len(f.Labels) > 0 {
				out.WriteByte('}')
			}
			out.WriteString(" " + strconv.FormatFloat(s.Value, 'g', -1, 64) + "\n")
		}
	}
}

var labelEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
