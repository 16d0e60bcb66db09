// Package encode writes the documents of package jsondoc, with one set of names and
// in one order, so that nothing in them can steer a terminal.
package encode

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/zombiectl/zombiectl/report/sanitize"
)

// JSON writes a document of ours, indented.
func JSON(out *bytes.Buffer, doc any) error {
	compact, err := compactJSON(doc)
	if err != nil {
		return err
	}
	out.Grow(2 * len(compact))
	layoutJSON(out, escapeHidden(compact, escapeJSON))
	return nil
}

// JSONLine writes a document of ours as one line.
func JSONLine(out *bytes.Buffer, doc any) error {
	line, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	out.Write(escapeHidden(line, escapeJSON))
	return out.WriteByte('\n')
}

func compactJSON(doc any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(doc)
	return buf.Bytes(), err
}

func escapeJSON(r rune) string {
	if hi, lo := utf16.EncodeRune(r); r > 0xffff {
		return fmt.Sprintf(`\u%04x\u%04x`, hi, lo)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// layoutJSON indents what the encoder wrote. One pass that trusts its input:
// json.Indent parses all of it again, which costs more than the encoding.
func layoutJSON(out *bytes.Buffer, src []byte) {
	const spaces = "\n                                "
	newline := func(depth int) { out.WriteString(spaces[:1+2*depth]) }
	depth := 0
	for i := 0; i < len(src); i++ {
		switch c := src[i]; c {
		case '"':
			from := i
			for i++; src[i] != '"'; i++ {
				if src[i] == '\\' {
					i++
				}
			}
			out.Write(src[from : i+1])
		case '{', '[':
			out.WriteByte(c)
			if src[i+1] == c+2 { // the closing one: empty
				i++
				out.WriteByte(src[i])
				continue
			}
			depth++
			newline(depth)
		case '}', ']':
			depth--
			newline(depth)
			out.WriteByte(c)
		case ',':
			out.WriteByte(c)
			newline(depth)
		case ':':
			out.WriteString(": ")
		default:
			out.WriteByte(c)
		}
	}
}

// escapeHidden escapes the hidden characters that an encoder takes for printable
// (DEL, C1, bidi, zero width). They stand within quotes only.
func escapeHidden(src []byte, escape func(rune) string) []byte {
	var out []byte
	from := 0
	for i := 0; i < len(src); {
		if src[i] < 0x7f {
			i++
			continue
		}
		r, size := utf8.DecodeRune(src[i:])
		if sanitize.Hidden(r) {
			out = append(append(out, src[from:i]...), escape(r)...)
			from = i + size
		}
		i += size
	}
	if from == 0 {
		return src
	}
	return append(out, src[from:]...)
}

// YAML says what JSON says: its nodes are made of that.
func YAML(out *bytes.Buffer, doc any) error {
	compact, err := compactJSON(doc)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(compact))
	dec.UseNumber()
	node, err := yamlNode(dec)
	if err != nil {
		return err
	}
	var raw bytes.Buffer
	enc := yaml.NewEncoder(&raw)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(node), enc.Close()); err != nil {
		return err
	}
	out.Write(escapeHidden(raw.Bytes(), sanitize.Escape))
	return nil
}

// yamlNode reads the next JSON value as a node; nil at a closing bracket.
func yamlNode(dec *json.Decoder) (*yaml.Node, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case string:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: t, Style: yamlStyle(t)}, nil
	case json.Number:
		tag := "!!int"
		if strings.ContainsAny(t.String(), ".eE") {
			tag = "!!float"
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: t.String()}, nil
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: fmt.Sprint(t)}, nil
	case nil:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}, nil
	}
	node := &yaml.Node{Kind: yaml.SequenceNode}
	switch token {
	case json.Delim('{'):
		node.Kind = yaml.MappingNode
	case json.Delim('}'), json.Delim(']'):
		return nil, nil
	}
	for {
		child, err := yamlNode(dec)
		if err != nil {
			return nil, err
		}
		if child == nil {
			return node, nil
		}
		node.Content = append(node.Content, child)
	}
}

// yamlStyle quotes texts that the encoder would leave plain though readers
// differ about them: "yes" and "12:30" are not strings in YAML 1.1, and hidden
// characters can be escaped in double quotes only.
func yamlStyle(s string) yaml.Style {
	switch {
	case s == "" || strings.ContainsFunc(s, sanitize.Hidden),
		(s[0]|0x20 < 'a' || s[0]|0x20 > 'z') && s[0] != '/' && s[0] != '.',
		slices.Contains([]string{"y", "n", "yes", "no", "on", "off"}, strings.ToLower(s)):
		return yaml.DoubleQuotedStyle
	}
	return 0
}
