package report

import (
	"io"
	"testing"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/scan/facts"
)

func benchmark(b *testing.B, format string, s Style, d *diagnose.Diagnosis) {
	b.ReportAllocs()
	for b.Loop() {
		if err := Write(io.Discard, format, Diagnosis(d), s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkJSON2000(b *testing.B) { benchmark(b, "json", Style{}, crowd(32_000, 2000, 1)) }

func BenchmarkYAML2000(b *testing.B) { benchmark(b, "yaml", Style{}, crowd(32_000, 2000, 1)) }

func BenchmarkText10000(b *testing.B) {
	benchmark(b, "text", Style{Width: 120}, crowd(32_000, 10_000, 1))
}

func BenchmarkText10000p(b *testing.B) {
	benchmark(b, "text", Style{Width: 120}, crowd(32_000, 10_000, 500))
}

func BenchmarkWide10000(b *testing.B) { benchmark(b, "wide", Style{}, crowd(32_000, 10_000, 10)) }

func BenchmarkTree50000(b *testing.B) {
	benchmark(b, "tree", Style{All: true}, crowd(50_000, 10_000, 10))
}

func BenchmarkDeep50000(b *testing.B) { benchmark(b, "tree", Style{All: true}, chain(50_000)) }

// chain is a tree as deep as it has processes, with a zombie at its end.
func chain(n int) *diagnose.Diagnosis {
	w := newWorld()
	for pid := 1; pid < n; pid++ {
		w.proc(pid, pid-1, "link", facts.Sleeping)
	}
	w.proc(n, n-1, "end", facts.Zombie)
	return w.done(nil)
}
