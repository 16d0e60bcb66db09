package diagnose

import (
	"fmt"
	"testing"
)

// BenchmarkDiagnose: 32,000 processes, most of them not looked at deeper.
func BenchmarkDiagnose(b *testing.B) {
	for _, zombies := range []int{2000, 10_000} {
		b.Run(fmt.Sprint(zombies, "zombies"), func(b *testing.B) {
			procs := []proc{{PID: 1, Comm: "app"}}
			for pid := 2; pid <= 32_000; pid++ {
				p := proc{PID: pid, PPID: 1, Comm: "idle", Shallow: true, SID: pid, PGRP: pid}
				if pid <= 1+zombies {
					p = zombie(pid, 1)
				}
				procs = append(procs, p)
			}
			s := look(procs...)
			b.ReportAllocs()
			for b.Loop() {
				if d := Diagnose(s, Options{}); len(d.Zombies) != zombies {
					b.Fatal(len(d.Zombies))
				}
			}
		})
	}
}
