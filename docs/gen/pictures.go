package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/cmd"
)

// picture is a page as a browser shows it: what fits a window of that size.
type picture struct {
	file          string
	args          []string
	width, height int
	dark          bool
}

// pictures are those of the documentation.
var pictures = []picture{
	{"docs/images/report-1280.png", []string{"scan", "--from", "fixtures/node-of-eight/root", "-o", "html"}, 1280, 1180, false},
	{"docs/images/report-400.png", []string{"scan", "--from", "fixtures/node-of-eight/root", "-o", "html"}, 400, 1280, true},
}

// sums says of each picture which page it was made of. A browser draws the same
// page in other pixels elsewhere, so a picture is fresh when its page is the
// same: this check needs no browser.
const sums = "docs/images/SHA256SUMS"

// page is what the picture shows.
func (c picture) page() string {
	var out bytes.Buffer
	cmd.Execute(c.args, cmd.Streams{In: strings.NewReader(""), Out: &out, Err: &out, Getenv: func(string) string { return "" }})
	return out.String()
}

// sum is the line of a picture among the sums: of the page, and of the picture itself.
func (c picture) sum(png []byte) string {
	return fmt.Sprintf("%x %dx%d dark=%v %x %s\n", sha256.Sum256([]byte(c.page())), c.width, c.height, c.dark, sha256.Sum256(png), c.file)
}

// stalePictures returns those that were not made of the page as it is now, or were
// changed since.
func stalePictures(root string) []picture {
	known, _ := os.ReadFile(filepath.Join(root, sums)) // missing: all are stale
	var stale []picture
	for _, c := range pictures {
		b, err := os.ReadFile(filepath.Join(root, c.file))
		if err != nil || !strings.Contains(string(known), c.sum(b)) {
			stale = append(stale, c)
		}
	}
	return stale
}

// drawPictures draws the stale pictures, and writes the sums of all.
func drawPictures(root string, stale []picture) error {
	if len(stale) == 0 {
		return nil
	}
	for _, c := range stale {
		b, err := c.draw()
		if err != nil {
			return fmt.Errorf("%s is stale: %w", c.file, err)
		}
		file := filepath.Join(root, c.file)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, b, 0o644); err != nil {
			return err
		}
	}
	var all strings.Builder
	for _, c := range pictures {
		b, err := os.ReadFile(filepath.Join(root, c.file))
		if err != nil {
			return err
		}
		all.WriteString(c.sum(b))
	}
	return os.WriteFile(filepath.Join(root, sums), []byte(all.String()), 0o644)
}

// draw has a browser draw the page.
func (c picture) draw() ([]byte, error) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		return nil, errors.New("drawing it anew needs the package chromium")
	}
	home, err := os.MkdirTemp("", "zombiectl-gen-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(home) }()
	page, shot := filepath.Join(home, "page.html"), filepath.Join(home, "shot.png")
	if err := os.WriteFile(page, []byte(c.page()), 0o644); err != nil {
		return nil, err
	}
	scheme := "1"
	if c.dark {
		scheme = "0"
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage", "--hide-scrollbars",
		"--force-device-scale-factor=1", "--blink-settings=preferredColorScheme="+scheme, "--user-data-dir="+home,
		fmt.Sprintf("--window-size=%d,%d", c.width, c.height), "--screenshot="+shot, "file://"+page)
	run.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_CACHE_HOME="+home)
	if out, err := run.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	return smaller(shot)
}

// smaller packs a picture as tightly as PNG can.
func smaller(file string) ([]byte, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	drawn, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, drawn)
	return out.Bytes(), err
}
