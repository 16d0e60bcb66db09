package facts

import (
	"testing"
)

func snapshotOf(ppids map[int]int) *Snapshot {
	s := &Snapshot{}
	for pid, ppid := range ppids {
		s.Procs = append(s.Procs, Process{Stat: Stat{PID: pid, PPID: ppid}})
	}
	SortProcesses(s.Procs)
	return s
}

// visit counts how often each process is in the tree, and returns the roots.
func visit(t *Tree) (map[int]int, map[int]RootKind) {
	seen, roots := map[int]int{}, map[int]RootKind{}
	var walk func(*Node)
	walk = func(n *Node) {
		if seen[n.Process.PID]++; seen[n.Process.PID] > 1 {
			return
		}
		for _, c := range n.Children {
			walk(c)
		}
	}
	for _, n := range t.Roots {
		roots[n.Process.PID] = n.Root
		walk(n)
	}
	return seen, roots
}

func TestTree(t *testing.T) {
	for name, c := range map[string]struct {
		ppids map[int]int
		roots map[int]RootKind
	}{
		"one":            {map[int]int{1: 0, 2: 1, 3: 1, 4: 2}, map[int]RootKind{1: TopOfNamespace}},
		"several roots":  {map[int]int{1: 0, 2: 0, 3: 2}, map[int]RootKind{1: TopOfNamespace, 2: TopOfNamespace}},
		"parent missing": {map[int]int{1: 0, 7: 5, 8: 7}, map[int]RootKind{1: TopOfNamespace, 7: ParentUnseen}},
		"self-parented":  {map[int]int{1: 0, 5: 5}, map[int]RootKind{1: TopOfNamespace, 5: InLoop}},
		"loop":           {map[int]int{1: 0, 5: 6, 6: 7, 7: 5, 8: 7}, map[int]RootKind{1: TopOfNamespace, 5: InLoop}},
		"two loops":      {map[int]int{2: 3, 3: 2, 4: 5, 5: 4, 6: 4}, map[int]RootKind{2: InLoop, 4: InLoop}},
		"empty":          {map[int]int{}, map[int]RootKind{}},
	} {
		t.Run(name, func(t *testing.T) {
			seen, roots := visit(snapshotOf(c.ppids).Tree())
			for pid := range c.ppids {
				if seen[pid] != 1 {
					t.Errorf("PID %d is in the tree %d times", pid, seen[pid])
				}
			}
			if len(roots) != len(c.roots) {
				t.Errorf("roots %v, want %v", roots, c.roots)
			}
			for pid, kind := range c.roots {
				if roots[pid] != kind {
					t.Errorf("root %d: %q, want %q", pid, roots[pid], kind)
				}
			}
		})
	}
}

func FuzzTree(f *testing.F) {
	f.Add([]byte{0, 1, 1, 2})
	f.Add([]byte{2, 3, 1})
	f.Fuzz(func(t *testing.T, ppids []byte) {
		m := map[int]int{}
		for i, p := range ppids {
			m[i+1] = int(p)
		}
		seen, _ := visit(snapshotOf(m).Tree())
		if len(seen) != len(m) {
			t.Errorf("%d of %d processes are in the tree", len(seen), len(m))
		}
		for pid, n := range seen {
			if n != 1 {
				t.Errorf("PID %d is in the tree %d times", pid, n)
			}
		}
	})
}

func TestTreeOfDepth(t *testing.T) {
	ppids := map[int]int{}
	for pid := 1; pid <= 100_000; pid++ {
		ppids[pid] = pid - 1
	}
	if seen, _ := visit(snapshotOf(ppids).Tree()); len(seen) != 100_000 {
		t.Errorf("%d processes in the tree", len(seen))
	}
}
