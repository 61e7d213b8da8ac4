package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
	"github.com/parley-calls/parley/ui"
	"github.com/parley-calls/parley/upkeep"
)

// care is what the windows show of the program's own state.
type care struct {
	crashes upkeep.Crashes
	program *program
}

var _ ui.Care = care{}

func (c care) Crash() (text, path string) { return c.crashes.Unseen() }

func (c care) PutCrashAway() {
	if err := c.crashes.PutAway(); err != nil {
		c.program.log.Warn("the crash will be told again", "err", err)
	}
}

func (c care) Aside() []string { return c.program.profile.Aside() }

func (c care) Build() string {
	b := build()
	lines := []string{"Parley " + b.String()}
	if name := systemName(); name != "" {
		lines = append(lines, name)
	}
	return strings.Join(lines, "\n")
}

// systemName is what the operating system calls itself; empty if it does not say.
func systemName() string {
	data, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(data)) {
		if name, found := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME="); found {
			return strings.Trim(name, `"`)
		}
	}
	return ""
}

// Diagnostics are what whoever is asked for help needs, without secrets. Each paper is made even if another one cannot be.
func (c care) Diagnostics() []upkeep.Paper {
	p := c.program
	papers := []upkeep.Paper{
		{Name: "about.txt", Text: c.about()},
		{Name: "settings.json", Text: indented(harmless(p.Settings()))},
		{Name: "devices.json", Text: indented(p.devicesNow())},
		{Name: "calls.json", Text: indented(p.callsNow())},
		{Name: "crash-report.txt", Text: c.crashes.Last()},
	}
	for _, path := range []string{doctorPath(p.profile.State()), p.profile.Log(), p.profile.Log() + ".old"} {
		text, err := upkeep.Tail(path)
		if err != nil {
			text = err.Error()
		}
		papers = append(papers, upkeep.Paper{Name: filepath.Base(path), Text: text})
	}
	papers = slices.DeleteFunc(papers, func(p upkeep.Paper) bool { return p.Text == "" })
	home, _ := os.UserHomeDir()
	for i := range papers {
		papers[i].Text = upkeep.Scrub(papers[i].Text, p.secrets(), home)
	}
	return papers
}

// about is what the program runs on.
func (c care) about() string {
	var b strings.Builder
	fmt.Fprintln(&b, c.Build())
	fmt.Fprintf(&b, "%s, %d processors\n", time.Now().UTC().Format(time.RFC3339), runtime.NumCPU())
	for _, name := range []string{"XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE", "LANG", "FYNE_SCALE"} {
		if v := os.Getenv(name); v != "" {
			fmt.Fprintf(&b, "%s=%s\n", name, v)
		}
	}
	fmt.Fprintln(&b, c.program.card.Report())
	fmt.Fprintln(&b)
	for _, m := range build().Modules {
		fmt.Fprintln(&b, m)
	}
	return b.String()
}

// harmless is the settings without what lets somebody in, and without what a person has written to others.
func harmless(s profile.Settings) profile.Settings {
	s.JoinCode, s.Pin = "", ""
	for i, r := range s.Replies {
		if r != "" {
			s.Replies[i] = fmt.Sprintf("(%d bytes)", len(r))
		}
	}
	return s
}

// devicesNow are the devices as the program sees them.
func (p *program) devicesNow() any {
	all := p.devices.Devices()
	now := p.current()
	if now == nil {
		return all
	}
	return struct {
		Devices any
		Chosen  engine.DeviceChoice
	}{all, now.client.Choice()}
}

// ended is what is told of a call that is over: not with whom it was.
type ended struct {
	At       time.Time
	Reason   engine.EndReason
	Lasted   string
	Video    bool
	Outgoing bool
	Answered bool
}

// keyShown is how much of a device's key is told, in characters: enough to find it among those of a person.
const keyShown = 12

// callsNow is the line to the switchboard, the figures of the calls that go on, and how the last ones ended. The figures of those are in
// the log.
func (p *program) callsNow() any {
	now := p.current()
	if now == nil {
		return nil
	}
	s := now.client.Snapshot()
	out := struct {
		Connection engine.ConnectionState
		Error      string `json:",omitempty"`
		Server     string
		Hosted     bool
		DeviceKey  string `json:",omitempty"` // its beginning, as the operator's list of devices has it
		Calls      []engine.CallStats
		Ended      []ended
	}{Connection: s.Connection.State, Server: s.Connection.Server, Hosted: now.server != nil}
	if s.Connection.Err != nil {
		out.Error = s.Connection.Err.Error()
	}
	if key, err := now.key(); err == nil {
		out.DeviceKey = key[:keyShown] + "…"
	}
	for _, c := range s.Calls {
		out.Calls = append(out.Calls, now.client.Call(c.ID).Stats())
	}
	for _, e := range s.Ended {
		out.Ended = append(out.Ended, ended{e.At, e.Reason, e.Lasted.Round(time.Second).String(), e.Video, e.Outgoing, e.Answered})
	}
	return out
}

// secrets are those of the profile and of this run.
func (p *program) secrets() []string {
	out := append(p.profile.Secrets(), p.options.appSign, p.options.credentials.Token, p.options.credentials.Seed, p.options.deviceCode, p.Settings().JoinCode)
	if now := p.current(); now != nil {
		out = append(out, now.address.JoinCode, now.address.DeviceCode)
		if now.server != nil {
			out = append(out, now.server.JoinCode())
		}
	}
	return out
}

// indented is v for people; empty if there is nothing.
func indented(v any) string {
	if v == nil {
		return ""
	}
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err.Error()
	}
	return string(data) + "\n"
}
