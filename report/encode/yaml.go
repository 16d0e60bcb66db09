package encode

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/zombiectl/zombiectl/report/sanitize"
)

// YAML says what writeJSON says: the nodes are made from our own JSON, so
// there is one set of names and one order.
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
	if err := enc.Encode(node); err != nil {
		return err
	}
	if err := enc.Close(); err != nil {
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

// yamlStyle quotes what the encoder would leave plain though readers differ
// about it: "yes" and "12:30" are no strings in YAML 1.1, and hidden
// characters can be escaped in double quotes only.
func yamlStyle(s string) yaml.Style {
	if s == "" {
		return yaml.DoubleQuotedStyle
	}
	switch c := s[0]; {
	case c|0x20 >= 'a' && c|0x20 <= 'z', c == '/', c == '.':
	default:
		return yaml.DoubleQuotedStyle
	}
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off":
		return yaml.DoubleQuotedStyle
	}
	if strings.ContainsFunc(s, sanitize.Hidden) {
		return yaml.DoubleQuotedStyle
	}
	return 0
}
