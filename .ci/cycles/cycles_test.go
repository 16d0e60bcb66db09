// Package cycles checks a rule that no linter has: no more than three files of a
// package may depend on each other in a ring. A file depends on another where it
// uses a declaration of it: a type, a function, a method, a field. Nothing in a
// larger ring can be understood, or moved, by itself. With -v it logs the small
// ones, too, and which declarations hold each together.
//
// Test files do not count. It looks at the files that are built for Linux,
// whatever it runs on.
package cycles

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// most is how many files may depend on each other.
const most = 3

func TestNoLargeCycle(t *testing.T) {
	packages, err := list("./...")
	if err != nil {
		t.Fatal(err)
	}
	exports := map[string]string{}
	for _, p := range packages {
		exports[p.ImportPath] = p.Export
	}
	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("no export data of %s", path)
		}
		return os.Open(exports[path])
	})
	for _, p := range packages {
		if p.DepOnly || len(p.GoFiles) < 2 {
			continue
		}
		uses, err := usesOf(fset, imports, p)
		if err != nil {
			t.Fatalf("%s: %v", p.ImportPath, err)
		}
		for _, c := range cycles(uses) {
			say := t.Logf
			if len(c) > most {
				say = t.Errorf
			}
			say("%s: %d files depend on each other: %s%s", p.ImportPath, len(c), strings.Join(c, " "), explain(uses, c))
		}
	}
}

// TestCycles is its control: rings are found, whole, and what leads into one is
// not taken for a part of it.
func TestCycles(t *testing.T) {
	of := func(edges ...string) graph {
		g := graph{}
		for _, e := range edges {
			from, to := e[:1], e[1:]
			if g[from] == nil {
				g[from] = map[string]string{}
			}
			g[from][to] = "x"
		}
		return g
	}
	for _, c := range []struct {
		g    graph
		want string
	}{
		{of("ab", "bc"), "[]"},
		{of("ab", "ba", "bc"), "[[a b]]"},
		{of("ab", "bc", "cd", "da", "ea"), "[[a b c d]]"},
		{of("ab", "ba", "cd", "dc", "bc"), "[[c d] [a b]]"},
	} {
		if got := fmt.Sprint(cycles(c.g)); got != c.want {
			t.Errorf("%v: %s, want %s", c.g, got, c.want)
		}
	}
}

// listed is the answer of go list about a package.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	DepOnly                 bool
}

// list asks go for packages, and for the export data of all that they import.
func list(pattern string) ([]listed, error) {
	cmd := exec.Command("go", "list", "-deps", "-export", "-json=ImportPath,Dir,Export,GoFiles,DepOnly", pattern)
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	b, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var packages []listed
	for d := json.NewDecoder(bytes.NewReader(b)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
}

// graph has, by file and by file that it uses, one name that is declared there.
type graph map[string]map[string]string

func usesOf(fset *token.FileSet, imports types.Importer, p listed) (graph, error) {
	var files []*ast.File
	g := graph{}
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
		g[name] = map[string]string{}
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	conf := types.Config{Importer: imports}
	pkg, err := conf.Check(p.ImportPath, fset, files, info)
	if err != nil {
		return nil, err
	}
	in := func(pos token.Pos) string { return filepath.Base(fset.Position(pos).Filename) }
	for id, obj := range info.Uses {
		if obj.Pkg() != pkg || !obj.Pos().IsValid() {
			continue
		}
		if from, to := in(id.Pos()), in(obj.Pos()); from != to {
			if was := g[from][to]; was == "" || obj.Name() < was {
				g[from][to] = obj.Name()
			}
		}
	}
	return g, nil
}

// cycles returns the strongly connected components that have more than one file
// (Tarjan), each sorted.
func cycles(g graph) [][]string {
	var out [][]string
	index, low, open := map[string]int{}, map[string]int{}, map[string]bool{}
	var stack []string
	var visit func(string)
	visit = func(v string) {
		index[v] = len(index) + 1
		low[v] = index[v]
		stack, open[v] = append(stack, v), true
		for _, w := range slices.Sorted(maps.Keys(g[v])) {
			if index[w] == 0 {
				visit(w)
				low[v] = min(low[v], low[w])
			} else if open[w] {
				low[v] = min(low[v], index[w])
			}
		}
		if low[v] != index[v] {
			return
		}
		i := slices.Index(stack, v)
		c := slices.Sorted(slices.Values(stack[i:]))
		for _, w := range c {
			open[w] = false
		}
		if stack = stack[:i]; len(c) > 1 {
			out = append(out, c)
		}
	}
	for _, v := range slices.Sorted(maps.Keys(g)) {
		if index[v] == 0 {
			visit(v)
		}
	}
	return out
}

// explain says which declarations hold a ring together.
func explain(g graph, ring []string) string {
	var out strings.Builder
	for _, from := range ring {
		for _, to := range slices.Sorted(maps.Keys(g[from])) {
			if slices.Contains(ring, to) {
				fmt.Fprintf(&out, "\n\t%s -> %s: %s", from, to, g[from][to])
			}
		}
	}
	return out.String()
}
