// cycles prints each cycle of files within a package that has more files than
// three, and exits with 1 when there is one. A file depends on another where it
// uses what is declared there: a type, a function, a method, a field. In a larger
// cycle nothing can be understood, or moved, by itself.
//
//	cycles [-v] [PACKAGE...]
//
// Test files do not count. It looks at what is built for Linux, whatever it
// runs on. With -v it prints the cycles that are small enough, too, and which
// declarations hold each together.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
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
)

// most is how many files may depend on each other.
const most = 3

func main() {
	verbose := flag.Bool("v", false, "print small cycles too, and what each is made of")
	flag.Parse()
	found, err := run(os.Stdout, *verbose, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "cycles:", err)
		os.Exit(2)
	}
	if found {
		os.Exit(1)
	}
}

// listed is what go list tells of a package.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	DepOnly                 bool
}

func run(out io.Writer, verbose bool, patterns []string) (found bool, err error) {
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	packages, err := list(patterns)
	if err != nil {
		return false, err
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
			return found, fmt.Errorf("%s: %w", p.ImportPath, err)
		}
		for _, c := range cycles(uses) {
			if len(c) > most || verbose {
				fmt.Fprintf(out, "%s: %d files depend on each other: %s\n", p.ImportPath, len(c), strings.Join(c, " "))
			}
			if verbose {
				explain(out, uses, c)
			}
			found = found || len(c) > most
		}
	}
	return found, nil
}

// list asks go for packages, and for the export data of all that they import.
func list(patterns []string) ([]listed, error) {
	args := append([]string{"list", "-deps", "-export", "-json=ImportPath,Dir,Export,GoFiles,DepOnly"}, patterns...)
	cmd := exec.Command("go", args...)
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

func explain(out io.Writer, g graph, cycle []string) {
	for _, from := range cycle {
		for _, to := range slices.Sorted(maps.Keys(g[from])) {
			if slices.Contains(cycle, to) {
				fmt.Fprintf(out, "\t%s -> %s: %s\n", from, to, g[from][to])
			}
		}
	}
}
