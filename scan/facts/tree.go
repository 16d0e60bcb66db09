package facts

// Tree is the process tree of a snapshot. Every process is in it exactly once.
type Tree struct {
	Roots []*Node // ordered by PID
}

// Node is a process and its children.
type Node struct {
	Process  *Process
	Children []*Node // ordered by PID
	Root     RootKind
}

// RootKind says why a process stands at the top of the tree.
type RootKind string

// The kinds of root.
const (
	NotRoot RootKind = ""
	// TopOfNamespace: PPid is 0. PID 1 is one; so is whatever entered the PID
	// namespace from outside (kubectl exec, docker exec, nsenter).
	TopOfNamespace RootKind = "PPid 0"
	// ParentUnseen: the parent is not in the snapshot.
	ParentUnseen RootKind = "parent not seen"
	// ParentUntold: a list of processes does not have the parent.
	ParentUntold RootKind = "parent not told"
	// InLoop: following the parents comes back to it, which no kernel shows.
	InLoop RootKind = "parents form a loop"
)

// Tree builds the process tree.
func (s *Snapshot) Tree() *Tree {
	nodes := make([]Node, len(s.Procs))
	parent := make([]int, len(s.Procs)) // index of the parent, -1: none
	kids := make([]int, len(s.Procs))
	last, at := NoPID, -1 // siblings stand together more often than not
	for i := range s.Procs {
		nodes[i].Process = &s.Procs[i]
		parent[i], nodes[i].Root = -1, TopOfNamespace
		switch ppid := s.Procs[i].PPID; {
		case ppid == NoPID:
			nodes[i].Root = ParentUntold
			continue
		case ppid == 0:
			continue
		case ppid != last:
			last, at = ppid, -1
			if j, ok := s.Index(ppid); ok {
				at = j
			}
		}
		if at < 0 {
			nodes[i].Root = ParentUnseen
			continue
		}
		parent[i], nodes[i].Root = at, NotRoot
		kids[at]++
	}
	breakLoops(parent, nodes)
	t := &Tree{}
	for i, p := range parent { // in PID order, so children are too
		if p < 0 {
			t.Roots = append(t.Roots, &nodes[i])
			continue
		}
		if nodes[p].Children == nil {
			nodes[p].Children = make([]*Node, 0, kids[p])
		}
		nodes[p].Children = append(nodes[p].Children, &nodes[i])
	}
	return t
}

// breakLoops makes the lowest PID of each loop a root, so that every walk of
// the tree ends.
func breakLoops(parent []int, nodes []Node) {
	done := make([]int, len(parent)) // the walk that passed here, 0: none
	for i := range parent {
		walk := i + 1
		j := i
		for j >= 0 && done[j] == 0 {
			done[j] = walk
			j = parent[j]
		}
		if j < 0 || done[j] != walk {
			continue
		}
		low := j
		for k := parent[j]; k != j; k = parent[k] {
			low = min(low, k)
		}
		parent[low], nodes[low].Root = -1, InLoop
	}
}
