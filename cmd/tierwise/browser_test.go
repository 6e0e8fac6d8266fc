package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"testing"
	"time"
)

// A browser is a headless Chromium, driven by the W3C's WebDriver protocol over chromedriver.
type browser struct {
	t       *testing.T
	session string // URL
}

var driverPort = regexp.MustCompile(`started successfully on port (\d+)`)

// newBrowser starts a browser that ends with the test. Without one the test is skipped.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	chromium, driver := findProgram("chromium", "chromium-browser", "google-chrome"), findProgram("chromedriver")
	if chromium == "" || driver == "" {
		t.Skip("SKIPPED: chromium or chromedriver is not installed, so no page was looked at (Debian: chromium, chromium-driver)")
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), driver, "--port=0")
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	port := ""
	for lines := bufio.NewScanner(out); port == "" && lines.Scan(); {
		if m := driverPort.FindStringSubmatch(lines.Text()); m != nil {
			port = m[1]
		}
	}
	if port == "" {
		t.Fatal("chromedriver does not say on which port it listens")
	}
	b := &browser{t: t, session: "http://127.0.0.1:" + port}
	profile := t.TempDir()
	var made struct {
		SessionID string `json:"sessionId"`
	}
	b.call(http.MethodPost, "/session", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"goog:loggingPrefs": map[string]string{"browser": "ALL"},
		"goog:chromeOptions": map[string]any{"binary": chromium, "args": []string{
			"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--user-data-dir=" + profile, "--window-size=1280,900",
		}},
	}}}, &made)
	b.session += "/session/" + made.SessionID
	t.Cleanup(func() { b.call(http.MethodDelete, "", struct{}{}, nil) })
	return b
}

func findProgram(names ...string) string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// call makes one call of the protocol; path is below the session.
func (b *browser) call(method, path string, body, value any) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute) // cleaning up outlives the test's own
	defer cancel()
	data, err := json.Marshal(body)
	if err != nil {
		b.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(ctx, method, b.session+path, bytes.NewReader(data))
	if err != nil {
		b.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	var answer struct {
		Value json.RawMessage `json:"value"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	if resp.StatusCode != http.StatusOK {
		b.t.Fatalf("%s %s: %s: %s", method, path, resp.Status, answer.Value)
	}
	if value != nil {
		if err := json.Unmarshal(answer.Value, value); err != nil {
			b.t.Fatalf("%s %s: %v: %s", method, path, err, answer.Value)
		}
	}
}

func (b *browser) open(path string) {
	b.t.Helper()
	b.call(http.MethodPost, "/url", map[string]string{"url": "file://" + path}, nil)
}

// run runs a function's body in the page and stores what it returns.
func (b *browser) run(script string, value any, args ...any) {
	b.t.Helper()
	if args == nil {
		args = []any{}
	}
	b.call(http.MethodPost, "/execute/sync", map[string]any{"script": script, "args": args}, value)
}

// text runs a script that returns a text.
func (b *browser) text(script string, args ...any) string {
	b.t.Helper()
	var s string
	b.run(script, &s, args...)
	return s
}

// press sends keys to what has the focus. Special keys are those of WebDriver: "\ue004" is the tab.
func (b *browser) press(keys string) {
	b.t.Helper()
	var actions []map[string]string
	for _, r := range keys {
		actions = append(actions, map[string]string{"type": "keyDown", "value": string(r)}, map[string]string{"type": "keyUp", "value": string(r)})
	}
	b.call(http.MethodPost, "/actions", map[string]any{"actions": []any{map[string]any{"type": "key", "id": "keyboard", "actions": actions}}}, nil)
}

// cdp makes a call of the browser's own protocol.
func (b *browser) cdp(command string, params, value any) {
	b.t.Helper()
	b.call(http.MethodPost, "/goog/cdp/execute", map[string]any{"cmd": command, "params": params}, value)
}

// complaints returns what the console says.
func (b *browser) complaints() []string {
	b.t.Helper()
	var entries []struct{ Level, Message string }
	b.call(http.MethodPost, "/se/log", map[string]string{"type": "browser"}, &entries)
	var out []string
	for _, e := range entries {
		out = append(out, e.Level+": "+e.Message)
	}
	return out
}

// screen sets how large the window is, and whether people like it dark.
func (b *browser) screen(width int, dark bool) {
	b.t.Helper()
	b.cdp("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}, nil)
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	b.cdp("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// shoot writes pictures of the page for people to look at, as it is on screens and on paper, if TIERWISE_SCREENSHOTS names a folder.
func (b *browser) shoot(name string) {
	b.t.Helper()
	dir := os.Getenv("TIERWISE_SCREENSHOTS")
	if dir == "" {
		return
	}
	write := func(file, data string) {
		raw, err := base64.StdEncoding.DecodeString(data)
		if err != nil {
			b.t.Fatal(err)
		}
		if err := os.WriteFile(dir+"/"+file, raw, 0o644); err != nil {
			b.t.Fatal(err)
		}
	}
	for _, s := range []struct {
		width int
		dark  bool
	}{{1280, false}, {1280, true}, {400, false}, {400, true}} {
		b.screen(s.width, s.dark)
		var height float64
		b.run("scrollTo(0, 0); return document.documentElement.scrollHeight", &height)
		var shot struct{ Data string }
		b.cdp("Page.captureScreenshot", map[string]any{
			"captureBeyondViewport": true, "clip": map[string]any{"x": 0, "y": 0, "width": s.width, "height": min(height, 15_000), "scale": 1},
		}, &shot)
		write(fmt.Sprintf("%s-%d-%s.png", name, s.width, map[bool]string{true: "dark", false: "light"}[s.dark]), shot.Data)
	}
	b.screen(1280, false)
	var pdf struct{ Data string }
	b.cdp("Page.printToPDF", map[string]any{"printBackground": true, "paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": true}, &pdf)
	write(name+".pdf", pdf.Data)
}
