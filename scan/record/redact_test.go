package record

import (
	"bytes"
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"":                               "",
		"./app":                          "./app",
		"./app --port 80 -p":             "./app --port *** -p",
		"mysql -uroot -pSECRET --host=x": "mysql -*** -*** --host=***",
		"java -Xmx1g -Dkey=SECRET -jar x.jar SECRET": "java -*** -*** -*** *** ***",
		"/dev/init -- sh -c SECRET":                  "/dev/init -- *** -c ***",
		"zombiectl init -- SECRET":                   "zombiectl init -- ***",
		"zombiectl scan init":                        "zombiectl *** ***",
		"catatonit -P":                               "catatonit -P",
		"x --SECRET!more":                            "x --***",
		"x --password ---S3CR3T --password -S3CR3T":  "x --password --*** --password -***",
		"x --9SECRET --a.b_c-d=1 --a@b -_ -?":        "x --*** --a.b_c-d=*** --*** -*** -***",
		"x --password --hunter2":                     "x --password --hunter2", // it looks like the name of a flag
		"x -- - --=SECRET -é -9":                     "x -- - --*** -*** -9",
		"x A=SECRET http://u:SECRET@h":               "x *** ***",
		"x --" + strings.Repeat("s", 70):             "x --***",
	} {
		got := Redact([]byte(strings.ReplaceAll(in, " ", "\x00")))
		if text := strings.ReplaceAll(strings.TrimSuffix(string(got), "\x00"), "\x00", " "); text != want {
			t.Errorf("%q became %q, want %q", in, text, want)
		}
	}
	// Titles that processes write over their arguments.
	for in, want := range map[string]string{
		"postgres: user db 10.0.0.1(5432) idle":              "postgres: ***\x00",
		"nginx: master process nginx -g daemon off;\x00\x00": "nginx: ***\x00",
		"sshd \x00":            "sshd \x00",
		"prog\tSECRET":         "prog ***\x00",
		"prog\nSECRET\x00-x":   "prog ***\x00-x\x00",
		"prog\v\f\rSECRET":     "prog ***\x00",
		"prog\x01SECRET":       "prog ***\x00",
		"prog\u00a0SECRET\x00": "prog ***\x00",
	} {
		if got := string(Redact([]byte(in))); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func FuzzRedact(f *testing.F) {
	f.Add([]byte("x"), []byte("SECRET"))
	f.Add([]byte("mysql -p"), []byte("--SECRET="))
	f.Fuzz(func(t *testing.T, name, value []byte) {
		if bytes.IndexByte(value, 0) >= 0 {
			return
		}
		// The value behind an equals sign, and an argument that is not a flag, never
		// show.
		for _, arg := range [][]byte{append([]byte("--flag="), value...), append([]byte("/"), value...)} {
			cmdline := bytes.Join([][]byte{[]byte("name"), arg}, []byte{0})
			if got := Redact(cmdline); !bytes.Equal(got, []byte("name\x00--flag=***\x00")) && !bytes.Equal(got, []byte("name\x00***\x00")) {
				t.Fatalf("%q became %q", cmdline, got)
			}
		}
		once := Redact(name)
		if twice := Redact(once); !bytes.Equal(once, twice) {
			t.Fatalf("%q became %q, and that %q", name, once, twice)
		}
	})
}
