package diagnose

import (
	"embed"
	"strings"
	"sync"
)

// Topic is something to explain that is not a rule.
type Topic struct {
	Name  string
	Title string
	Text  string // Markdown
}

//go:embed topics/*.md
var topicFiles embed.FS

var topics = sync.OnceValue(func() []Topic {
	var all []Topic
	for _, name := range []string{"zombie", "reaping", "pid1", "init", "left-behind", "shared-pid-namespace", "host-pid-namespace"} {
		page, _ := topicFiles.ReadFile("topics/" + name + ".md")
		title, text, _ := strings.Cut(strings.TrimPrefix(string(page), "# "), "\n\n")
		all = append(all, Topic{name, title, text})
	}
	return all
})

// Topics returns the topics, in reading order.
func Topics() []Topic { return topics() }

// FindTopic returns the topic with that name, or nil.
func FindTopic(name string) *Topic {
	for _, t := range topics() {
		if t.Name == name {
			return &t
		}
	}
	return nil
}
