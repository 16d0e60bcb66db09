package pslist

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"strings"
	"unicode/utf16"
)

// IsText allows some control characters: busybox and top write those in the
// names of processes as they are.
func IsText(head []byte) bool {
	if isUTF16(head) {
		return true
	}
	controls := 0
	for _, c := range head {
		if c == 0 {
			return false
		}
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\x1b' && c != '\b' && c != '\f' {
			controls++
		}
	}
	return controls*4 <= len(head)
}

func isUTF16(b []byte) bool { // as the redirection of PowerShell writes it
	return bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff"))
}

// cleanLines splits a text into lines, without what terminals, mail and web
// pages put around them.
func cleanLines(b []byte) []string {
	if isUTF16(b) {
		b = fromUTF16(b)
	}
	text := strings.TrimPrefix(string(b), "\ufeff")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\u00a0", " ")
	text = strings.ReplaceAll(text, "&lt;defunct&gt;", defunct)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	quoted := true
	for i, l := range lines {
		if strings.IndexByte(l, '\x1b') >= 0 {
			l = colors.ReplaceAllString(l, "")
		}
		lines[i] = strings.TrimRight(l, "\r")
		quoted = quoted && (strings.Trim(l, " \t\r") == "" || strings.HasPrefix(strings.TrimLeft(lines[i], " \t"), ">"))
	}
	if quoted {
		for i, l := range lines {
			lines[i] = strings.TrimPrefix(strings.TrimLeft(l, " \t"), ">")
		}
	}
	return lines
}

func fromUTF16(b []byte) []byte {
	var order binary.ByteOrder = binary.LittleEndian
	if b[0] == 0xfe {
		order = binary.BigEndian
	}
	units := make([]uint16, 0, len(b)/2)
	for b = b[2:]; len(b) >= 2; b = b[2:] {
		units = append(units, order.Uint16(b))
	}
	return []byte(string(utf16.Decode(units)))
}

// colors are what grep --color writes.
var colors = regexp.MustCompile(`\x1b\[[0-9;]*[mK]`)
