package sanitize

import (
	"strings"
)

var xmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

// XML makes a clean string fit for XML and HTML, between tags and within
// quotes.
func XML(s string) string { return xmlEscaper.Replace(s) }
