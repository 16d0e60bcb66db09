package report

import (
	"fmt"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report/page"
)

// Runbook returns the documentation of a rule in Markdown. It is what explain
// prints and what docs/runbooks holds.
func Runbook(r *diagnose.Rule) string {
	return fmt.Sprintf("# %s %s\n\n%s.\n\nSeverity: %s, unless a finding says otherwise.\n\n%s", r.ID, r.Name, r.Title, r.Severity, r.Page())
}

// TopicPage returns a topic in Markdown.
func TopicPage(t *diagnose.Topic) string {
	return fmt.Sprintf("# %s\n\n%s\n", t.Title, strings.TrimSpace(t.Text))
}

// Rule is the documentation of a rule.
func Rule(r *diagnose.Rule) Document {
	return onlyText(func(p *page.Page) { p.Out.WriteString(Runbook(r)) })
}

// Topic is a topic.
func Topic(t *diagnose.Topic) Document {
	return onlyText(func(p *page.Page) { p.Out.WriteString(TopicPage(t)) })
}

// Catalogue lists rules and topics, a line each.
func Catalogue() Document {
	return onlyText(func(p *page.Page) {
		p.Out.WriteString("RULES\n")
		for _, r := range diagnose.Rules() {
			fmt.Fprintf(p.Out, "  %s  %-21s %-8s %s\n", r.ID, r.Name, r.Severity, r.Title)
		}
		p.Out.WriteString("\nTOPICS\n")
		for _, t := range diagnose.Topics() {
			fmt.Fprintf(p.Out, "  %-27s %s\n", t.Name, t.Title)
		}
	})
}
