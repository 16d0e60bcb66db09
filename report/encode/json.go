// Package encode writes the documents of package jsondoc, with one set of names and
// in one order, so that nothing in them can steer a terminal.
package encode

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/zombiectl/zombiectl/report/sanitize"
)

// JSON lays out a document of ours.
func JSON(out *bytes.Buffer, doc any) error {
	compact, err := compactJSON(doc)
	if err != nil {
		return err
	}
	out.Grow(2 * len(compact))
	layoutJSON(out, compact)
	return nil
}

// JSONLine writes a document of ours as one line.
func JSONLine(out *bytes.Buffer, doc any) error {
	src, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	for i := 0; i < len(src); {
		if src[i] == '"' {
			i = layoutString(out, src, i+1)
			continue
		}
		out.WriteByte(src[i])
		i++
	}
	out.WriteByte('\n')
	return nil
}

func compactJSON(doc any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(doc); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// layoutJSON indents what the encoder wrote and escapes the hidden characters
// that it leaves as they are (DEL, C1, bidi). One pass that trusts its input:
// json.Indent parses all of it again, which costs more than the encoding.
func layoutJSON(out *bytes.Buffer, src []byte) {
	const spaces = "\n                                "
	newline := func(depth int) { out.WriteString(spaces[:1+2*depth]) }
	depth := 0
	for i := 0; i < len(src); {
		c := src[i]
		i++
		switch c {
		case '"':
			i = layoutString(out, src, i)
		case '{', '[':
			out.WriteByte(c)
			if src[i] == c+2 { // the closing one: empty
				out.WriteByte(src[i])
				i++
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

// layoutString copies a string whose opening quote is before src[i], and
// returns the index after its closing quote.
func layoutString(out *bytes.Buffer, src []byte, i int) int {
	from := i - 1
	for {
		switch c := src[i]; {
		case c == '"':
			out.Write(src[from : i+1])
			return i + 1
		case c == '\\':
			i += 2
		case c < 0x7f:
			i++
		default:
			r, size := utf8.DecodeRune(src[i:])
			if sanitize.Hidden(r) {
				out.Write(src[from:i])
				from = i + size
				if hi, lo := utf16.EncodeRune(r); r > 0xffff {
					fmt.Fprintf(out, `\u%04x\u%04x`, hi, lo)
				} else {
					fmt.Fprintf(out, `\u%04x`, r)
				}
			}
			i += size
		}
	}
}
