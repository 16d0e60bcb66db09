// Package words has the English that several formats share: the names of processes,
// the line of a finding or a limit, and what to do.
package words

import (
	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/rule"
)

// What diagnose says in English is asked for here and nowhere else.

// Sentence says in one line what was found.
func Sentence(d *diagnose.Diagnosis) string { return d.Sentence }

// Why says in a few words why a parent does not reap.
func Why(p *diagnose.Parent) string { return p.Why }

// Message says what was found. It does not always name the subject: see About.
func Message(f *diagnose.Finding) string { return f.Message() }

// Advice returns what to do, a line each. A step of the advice before begins with
// spaces.
func Advice(f *diagnose.Finding) []string { return rule.Lines(f.Advice()) }
