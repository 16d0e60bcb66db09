// Command sbom writes the bill of materials of a Go binary, as SPDX 2.3 in
// JSON, from what the compiler wrote into it: the binary is asked, and not the
// checkout that it may have come from.
//
//	go run ./image/sbom [-version VERSION] BINARY >sbom.spdx.json
//
// The same binary gives the same document; the time in it is SOURCE_DATE_EPOCH.
package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// The types below are the parts of SPDX 2.3 that are used.

type document struct {
	Version       string         `json:"spdxVersion"`
	DataLicense   string         `json:"dataLicense"`
	ID            string         `json:"SPDXID"`
	Name          string         `json:"name"`
	Namespace     string         `json:"documentNamespace"`
	Creation      creation       `json:"creationInfo"`
	Packages      []pkg          `json:"packages"`
	Files         []file         `json:"files"`
	Relationships []relationship `json:"relationships"`
}

type creation struct {
	Created  string   `json:"created"`
	Creators []string `json:"creators"`
}

type pkg struct {
	Name          string     `json:"name"`
	ID            string     `json:"SPDXID"`
	Version       string     `json:"versionInfo"`
	Download      string     `json:"downloadLocation"`
	FilesAnalyzed bool       `json:"filesAnalyzed"`
	Concluded     string     `json:"licenseConcluded"`
	Declared      string     `json:"licenseDeclared"`
	Copyright     string     `json:"copyrightText"`
	Comment       string     `json:"comment,omitempty"`
	Refs          []external `json:"externalRefs,omitempty"`
}

type external struct {
	Category string `json:"referenceCategory"`
	Type     string `json:"referenceType"`
	Locator  string `json:"referenceLocator"`
}

type file struct {
	Name      string     `json:"fileName"`
	ID        string     `json:"SPDXID"`
	Types     []string   `json:"fileTypes"`
	Checksums []checksum `json:"checksums"`
	Concluded string     `json:"licenseConcluded"`
	Copyright string     `json:"copyrightText"`
}

type checksum struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"checksumValue"`
}

type relationship struct {
	From string `json:"spdxElementId"`
	Type string `json:"relationshipType"`
	To   string `json:"relatedSpdxElement"`
}

func main() {
	version := flag.String("version", "", "the version of the program, where the binary does not know it")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "sbom: error: one binary, please")
		os.Exit(2)
	}
	doc, err := describe(flag.Arg(0), *version)
	if err == nil {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		err = out.Encode(doc)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "sbom: error: %v\n", err)
		os.Exit(1)
	}
}

const (
	none    = "NOASSERTION"
	ourName = "SPDXRef-Package-main"
	ourFile = "SPDXRef-File-binary"
)

func describe(binary, version string) (*document, error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	if info.Main.Path == "" {
		return nil, errors.New(binary + ": was not built from a module")
	}
	created, err := epoch(os.Getenv("SOURCE_DATE_EPOCH"))
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	hash := hex.EncodeToString(sum[:])
	if version == "" {
		version = info.Main.Version
	}
	name := filepath.Base(binary)
	doc := &document{
		Version: "SPDX-2.3", DataLicense: "CC0-1.0", ID: "SPDXRef-DOCUMENT", Name: name,
		Namespace: "https://" + info.Main.Path + "/sbom/" + hash,
		Creation:  creation{created, []string{"Tool: " + name + "-sbom"}},
		Files: []file{{
			Name: "./bin/" + name, ID: ourFile, Types: []string{"BINARY"},
			Checksums: []checksum{{"SHA256", hash}}, Concluded: none, Copyright: none,
		}},
	}
	ours := module(ourName, info.Main.Path, version)
	ours.Declared = "Apache-2.0"
	ours.Comment = settings(info)
	doc.Packages = append(doc.Packages, ours)
	doc.relate(doc.ID, "DESCRIBES", ourName)
	doc.relate(ourName, "CONTAINS", ourFile)

	std := module("SPDXRef-Package-stdlib", "stdlib", strings.TrimPrefix(info.GoVersion, "go"))
	std.Declared = "BSD-3-Clause"
	doc.Packages = append(doc.Packages, std)
	doc.relate(ourName, "DEPENDS_ON", std.ID)
	for i, dep := range info.Deps {
		if dep.Replace != nil {
			dep = dep.Replace
		}
		m := module(fmt.Sprintf("SPDXRef-Package-%d", i+1), dep.Path, dep.Version)
		if dep.Sum != "" {
			m.Comment = "go.sum: " + dep.Sum
		}
		doc.Packages = append(doc.Packages, m)
		doc.relate(ourName, "DEPENDS_ON", m.ID)
	}
	return doc, nil
}

func (d *document) relate(from, how, to string) {
	d.Relationships = append(d.Relationships, relationship{from, how, to})
}

// module describes a Go module. The binary does not hold its license.
func module(id, path, version string) pkg {
	return pkg{
		Name: path, ID: id, Version: version, Download: none, Concluded: none, Declared: none, Copyright: none,
		Refs: []external{{"PACKAGE-MANAGER", "purl", "pkg:golang/" + path + "@" + version}},
	}
}

func settings(info *debug.BuildInfo) string {
	out := []string{info.GoVersion}
	for _, s := range info.Settings {
		switch s.Key {
		case "GOOS", "GOARCH", "CGO_ENABLED", "-trimpath", "vcs.revision", "vcs.modified":
			out = append(out, s.Key+"="+s.Value)
		}
	}
	return strings.Join(out, " ")
}

// epoch is a time in seconds since 1970 as SPDX writes it; "" is 1970.
func epoch(text string) (string, error) {
	if text == "" {
		text = "0"
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return "", fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(n, 0).UTC().Format(time.RFC3339), nil
}
