package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report/sanitize"
)

// attack is a name that shows when a browser takes it for more than text. PORT
// is that of the server of the test, which counts the requests.
const attack = `</title></style><img src="//127.0.0.1:PORT/stolen" onerror="top.ran=1"><script>top.ran=1;fetch("//127.0.0.1:PORT/stolen")</script>` +
	`<link rel=stylesheet href="//127.0.0.1:PORT/stolen"><style>@import url("//127.0.0.1:PORT/stolen");</style><iframe src="//127.0.0.1:PORT/stolen"></iframe><svg onload="top.ran=1">`

// seen is what a page that shows others in frames found in them.
type seen map[string]struct {
	Elements, Scripts int
	Off               []string // elements outside a screen of 400 or 1280 pixels
}

// The frames are of the same origin, so the page around them can look inside.
const gallery = `<!DOCTYPE html><title>gallery</title><script>
var names = NAMES, found = {}, ran = 0;
for (const name of names) {
	const frame = document.createElement("iframe");
	frame.onload = () => {
		const d = frame.contentDocument, off = [];
		for (const width of [400, 1280]) {
			frame.style.width = width + "px";
			for (const e of d.querySelectorAll("details")) e.open = true;
			if (d.documentElement.scrollWidth > d.documentElement.clientWidth) off.push(width + ": it scrolls sideways");
			for (const e of d.querySelectorAll("body *"))
				if (off.length < 3 && e.getBoundingClientRect().right > d.documentElement.clientWidth + 1)
					off.push(width + ": " + e.tagName + " " + e.className + " " + e.textContent.slice(0, 60));
		}
		found[name] = {Off: off, Elements: d.querySelectorAll("*").length, Scripts: d.querySelectorAll("script,img,link,iframe,object,embed").length};
		if (Object.keys(found).length == names.length)
			setTimeout(() => fetch("/report", {method: "POST", body: JSON.stringify({found, ran})}), 300);
	};
	frame.src = "/page/" + name;
	document.documentElement.append(frame);
}
</script>`

// browse opens pages in a browser. It returns the elements in them, whether
// anything in them ran, how many requests they made, and the messages of the
// console.
func browse(t *testing.T, pages map[string]func(port string) []byte) (found seen, ran bool, stolen int, console []string) {
	t.Helper()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no chromium: package chromium")
		}
		t.Skip("no chromium: package chromium")
	}
	var mu sync.Mutex
	reported := make(chan []byte, 1)
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()
	port := server.URL[strings.LastIndexByte(server.URL, ':')+1:]
	names, _ := json.Marshal(slices.Sorted(maps.Keys(pages)))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Replace(gallery, "NAMES", string(names), 1))
	})
	mux.HandleFunc("GET /page/{name}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(pages[r.PathValue("name")](port))
	})
	mux.HandleFunc("GET /favicon.ico", func(http.ResponseWriter, *http.Request) {}) // of the gallery
	mux.HandleFunc("POST /report", func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		select {
		case reported <- b:
		default:
		}
	})
	mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		stolen++
		mu.Unlock()
	})

	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	home := t.TempDir()
	c := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--user-data-dir="+home, "--remote-debugging-port=0", server.URL)
	c.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_CACHE_HOME="+home)
	var log bytes.Buffer
	c.Stdout, c.Stderr = &log, &log
	c.WaitDelay = 10 * time.Second
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan string, 1)
	go func() { ended <- fmt.Sprint(c.Wait()) }()
	var body []byte
	select {
	case body = <-reported:
		cancel()
		<-ended
	case how := <-ended:
		t.Fatalf("the browser ended: %s\n%s", how, log.String())
	}
	var answer struct {
		Found seen
		Ran   int
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	console = regexp.MustCompile(`CONSOLE.*`).FindAllString(log.String(), -1)
	mu.Lock()
	defer mu.Unlock()
	return answer.Found, answer.Ran != 0, stolen, console
}

// In a real browser: nothing runs, nothing is loaded, nothing is complained of.
func TestHTMLInABrowser(t *testing.T) {
	pages := map[string]func(string) []byte{}
	for _, c := range cases {
		pages[c.name] = func(string) []byte { return webPage(t, c.make()) }
	}
	pages["10000-zombies"] = func(string) []byte { return webPage(t, crowd(12_000, 10_000, 7)) }
	pages["too-wide"] = func(string) []byte { // the negative control
		return bytes.Replace(webPage(t, incident()), []byte("</main>"), []byte("<pre>"+strings.Repeat("x", 500)+"</pre></main>"), 1)
	}
	pages["attack"] = func(port string) []byte { return webPage(t, quoting(strings.ReplaceAll(attack, "PORT", port))) }
	found, ran, stolen, console := browse(t, pages)
	for name := range pages {
		if f := found[name]; f.Elements < 20 || f.Scripts > 0 {
			t.Errorf("%s: %d elements, %d that load or run something", name, f.Elements, f.Scripts)
		}
		if off := found[name].Off; (len(off) > 0) != (name == "too-wide") {
			t.Errorf("%s: off the screen: %q", name, off)
		}
	}
	if ran || stolen > 0 || len(console) > 0 {
		t.Errorf("something ran: %v; requests: %d; console: %q", ran, stolen, console)
	}
}

// The negative controls: without the escaping the same name runs and loads,
// and with the policy alone it does neither.
func TestHTMLInABrowserUnescaped(t *testing.T) {
	unescaped := func(d *diagnose.Diagnosis, port string) []byte {
		escaped := sanitize.XML(sanitize.Prose("ATTACK"))
		return bytes.ReplaceAll(webPage(t, d), []byte(escaped), []byte(strings.ReplaceAll(attack, "PORT", port)))
	}
	policy := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`)
	_, ran, stolen, _ := browse(t, map[string]func(string) []byte{"bare": func(port string) []byte {
		return policy.ReplaceAll(unescaped(quoting("ATTACK"), port), nil)
	}})
	if !ran || stolen == 0 {
		t.Errorf("without escaping and policy: ran %v, requests %d", ran, stolen)
	}
	_, ran, stolen, console := browse(t, map[string]func(string) []byte{"policy": func(port string) []byte {
		return unescaped(quoting("ATTACK"), port)
	}})
	if ran || stolen > 0 || len(console) == 0 {
		t.Errorf("the policy alone: ran %v, requests %d, console %q", ran, stolen, console)
	}
}
