// Package junit writes the verdict of a check as a JUnit test suite, for the pages
// on which CI servers show tests. Elements, attributes and their order are those
// of Ant's schema, the strictest of those in use.
package junit

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/report/sanitize"
)

// suite is a document: one test suite.
type suite struct {
	at         time.Time   // zero: unknown, though the schema wants a time
	took       string      // seconds
	properties [][2]string // names and clean values
	cases      []testCase
	text       string // what is for people
}

// testCase is one test. Its texts are clean.
type testCase struct {
	name    string
	element string // "": passed; failure, error, skipped
	kind    string // the severity
	message string
	text    []string
}

func (s *suite) count(element string) (n int) {
	for _, c := range s.cases {
		if c.element == element {
			n++
		}
	}
	return n
}

func (s *suite) write(out *bytes.Buffer) {
	timestamp := ""
	if !s.at.IsZero() { // in UTC: the schema allows no zone
		timestamp = ` timestamp="` + s.at.UTC().Format(time.DateOnly+"T"+time.TimeOnly) + `"`
	}
	out.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<testsuites>\n")
	// The schema wants a host as well: localhost stands for one whose name is not
	// known.
	fmt.Fprintf(out, `  <testsuite id="0" name="check" package="zombiectl"%s hostname="localhost" tests="%d" failures="%d" errors="%d" skipped="%d" time="%s">`+"\n",
		timestamp, len(s.cases), s.count("failure"), s.count("error"), s.count("skipped"), s.took)
	out.WriteString("    <properties>\n")
	for _, p := range s.properties {
		fmt.Fprintf(out, "      <property name=\"%s\" value=\"%s\"/>\n", p[0], sanitize.XML(p[1]))
	}
	out.WriteString("    </properties>\n")
	for _, c := range s.cases {
		fmt.Fprintf(out, "    <testcase classname=\"zombiectl.check\" name=\"%s\" time=\"%s\"", sanitize.XML(c.name), s.took)
		switch c.element {
		case "":
			out.WriteString("/>\n")
		case "skipped":
			out.WriteString("><skipped/></testcase>\n")
		default:
			fmt.Fprintf(out, ">\n      <%s type=\"%s\" message=\"%s\">%s</%s>\n    </testcase>\n",
				c.element, c.kind, sanitize.XML(c.message), sanitize.XML(strings.Join(c.text, "\n")), c.element)
		}
	}
	fmt.Fprintf(out, "    <system-out>%s</system-out>\n    <system-err/>\n  </testsuite>\n</testsuites>\n", sanitize.XML(s.text))
}
