package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

const runVariable = "ZOMBIECTL_TEST_EXPORTER"

func TestMain(m *testing.M) {
	if os.Getenv(runVariable) != "" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, exe, args...)
	c.Env = append(os.Environ(), runVariable+"=1")
	return c
}

// started is a running exporter and where it listens.
func started(t *testing.T, args ...string) (c *exec.Cmd, address string) {
	t.Helper()
	c = command(t, append([]string{"--listen", "127.0.0.1:0"}, args...)...)
	out, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	listening := regexp.MustCompile(`address=(127\.0\.0\.1:\d+)`)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return c, m[1]
		}
	}
	t.Fatal("it does not listen")
	return nil, ""
}

func fetch(t *testing.T, client *http.Client, url string, auth ...string) (int, string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(auth) == 2 {
		q.SetBasicAuth(auth[0], auth[1])
	}
	a, err := client.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, string(b)
}

func TestServes(t *testing.T) {
	c, address := started(t)
	for path, want := range map[string]string{"/metrics": "\nzombiectl_zombies ", "/healthz": "ok\n", "/": "zombiectl-exporter"} {
		if code, body := fetch(t, http.DefaultClient, "http://"+address+path); code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d %.500s", path, code, body)
		}
	}
	if code, _ := fetch(t, http.DefaultClient, "http://"+address+"/debug/pprof/"); code != http.StatusNotFound {
		t.Errorf("profiles are served: %d", code)
	}
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// TLS and a password, by the file that all exporters have.
func TestTLSAndPassword(t *testing.T) {
	dir := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for name, b := range map[string][]byte{
		"cert.pem": certificate,
		"key.pem":  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
		"web.yml":  fmt.Appendf(nil, "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\nbasic_auth_users:\n  prometheus: %s\n", hash),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, address := started(t, "--web-config", filepath.Join(dir, "web.yml"))
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certificate)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	if code, body := fetch(t, client, "https://"+address+"/metrics", "prometheus", "secret"); code != http.StatusOK || !strings.Contains(body, "zombiectl_zombies ") {
		t.Errorf("with the password: %d", code)
	}
	if code, body := fetch(t, client, "https://"+address+"/metrics", "prometheus", "guess"); code != http.StatusUnauthorized || strings.Contains(body, "zombiectl_zombies ") {
		t.Errorf("with another: %d", code)
	}
	if code, _ := fetch(t, http.DefaultClient, "http://"+address+"/metrics"); code == http.StatusOK {
		t.Error("without TLS it answers too")
	}
}

func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		want string
		args []string
	}{
		{"takes no arguments", []string{"x"}},
		{"--timeout is not above 0", []string{"--timeout", "0s"}},
		{"negative", []string{"--cache", "-1s"}},
		{"no such file or directory", []string{"--from", "/no/such"}},
		{"flag provided but not defined", []string{"--nonsense"}},
		{"hint: zombiectl-exporter --help lists the flags", []string{"--nonsense"}},
		{"no such file or directory", []string{"--web-config", "/no/such"}},
		{"missing port", []string{"--listen", "nonsense"}},
	} {
		out, err := command(t, append([]string{"--listen", "127.0.0.1:0"}, c.args...)...).CombinedOutput()
		if ended, ok := errors.AsType[*exec.ExitError](err); !ok || ended.ExitCode() != exitNoAnswer || !strings.Contains(string(out), "zombiectl-exporter: error: ") {
			t.Errorf("%q: %v %s", c.args, err, out)
		} else if !strings.Contains(string(out), c.want) {
			t.Errorf("%q: no %q in %s", c.args, c.want, out)
		}
	}
	if out, err := command(t, "--version").CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "zombiectl-exporter ") {
		t.Errorf("--version: %v %s", err, out)
	}
}
