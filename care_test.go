package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-calls/parley/doctor"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
	"github.com/parley-calls/parley/upkeep"
)

// TestDiagnosticsHoldNoSecret writes every secret of a running program into its log, its crash report and its settings, and looks for
// them in what a person would hand on.
func TestDiagnosticsHoldNoSecret(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	seed, _, err := signal.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	p, _ := launch(t, options{listen: "0.0.0.0:0"})
	s := p.Settings()
	s.JoinCode, s.Replies = "join-me-7", [3]string{"I am in hospital"}
	if err := p.SaveSettings(s); err != nil {
		t.Fatal(err)
	}
	if err := p.profile.Save("elsewhere:1", signal.Credentials{Token: "token-of-elsewhere", Seed: "seed-of-elsewhere", Pin: "x"}); err != nil {
		t.Fatal(err)
	}
	if err := p.change(ctx, profile.Settings{Name: "Ana", Server: profile.Embedded, JoinCode: "join-me-7", Theme: profile.SystemTheme, DeviceID: s.DeviceID, Replies: s.Replies}, "", true); err != nil {
		t.Fatal(err)
	}
	p.options.deviceCode, p.options.appSign = "k7pm-x2qw", "SAAsomething" // as an operator may give them
	p.options.credentials = signal.Credentials{Token: "eyJhbGciOiJ4In0.eyJhIjoxfQ.c2ln", Seed: seed}
	code, _, err := p.current().client.DeviceCode(ctx)
	if err != nil {
		t.Fatal(err)
	}

	secrets := append(p.secrets(), "I am in hospital", "hunter2")
	identity, err := os.ReadFile(filepath.Join(p.profile.ServerData(), "identity.json"))
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]string
	if err := json.Unmarshal(identity, &keys); err != nil {
		t.Fatal(err)
	}
	for name, key := range keys {
		if key != "" && !slices.Contains(secrets, key) {
			t.Errorf("%s of the switchboard is not taken for a secret", name)
		}
		secrets = append(secrets, key)
	}
	credentials, err := p.profile.Load(profile.Embedded)
	if err != nil || credentials.Seed == "" {
		t.Fatal("not enrolled", err)
	}
	secrets = append(secrets, credentials.Token, credentials.Seed, p.InviteLink(), p.DeviceLink(code))
	secrets = slices.DeleteFunc(secrets, func(s string) bool { return s == "" })
	if len(secrets) < 15 {
		t.Errorf("only %d secrets are looked for", len(secrets))
	}

	var log strings.Builder
	for _, secret := range secrets[:len(secrets)-2] {
		log.WriteString("level=INFO msg=\"it was " + secret + "\"\n")
	}
	log.WriteString("link=" + p.InviteLink() + "\nlink=" + p.DeviceLink(code) + "\nturn password=hunter2 it was not here\n")
	harmlessLog := strings.ReplaceAll(strings.ReplaceAll(log.String(), "it was I am in hospital", ""), "it was hunter2", "")
	crashes := upkeep.CrashesIn(p.profile.State())
	for _, path := range []string{p.profile.Log(), p.profile.Log() + ".old", doctorPath(p.profile.State()), filepath.Join(p.profile.State(), "crash-report.txt")} {
		if err := os.WriteFile(path, []byte(harmlessLog), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	papers := care{crashes, p}.Diagnostics()
	var names []string
	for _, paper := range papers {
		names = append(names, paper.Name)
		for _, secret := range append(secrets, code) {
			if strings.Contains(paper.Text, secret) {
				t.Errorf("%s holds %q", paper.Name, secret)
			}
		}
	}
	if want := []string{"about.txt", "settings.json", "devices.json", "calls.json", "crash-report.txt", "doctor.txt", "parley.log", "parley.log.old"}; !slices.Equal(names, want) {
		t.Errorf("papers %q, want %q", names, want)
	}
	text := func(name string) string { return papers[slices.Index(names, name)].Text }
	for name, want := range map[string]string{
		"about.txt": "Camera pictures are coded by the processor", "settings.json": `"name": "Ana"`, "calls.json": `"Connection": "online"`, "doctor.txt": "password=" + upkeep.Removed, "parley.log": "turn password=" + upkeep.Removed,
	} {
		if !strings.Contains(text(name), want) {
			t.Errorf("%s lacks %q: %.300s", name, want, text(name))
		}
	}
}

// TestDiagnosticsWithoutASession checks that they are there when nothing else is.
func TestDiagnosticsWithoutASession(t *testing.T) {
	t.Parallel()
	p, _ := launch(t, options{})
	var names []string
	for _, paper := range (care{upkeep.CrashesIn(p.profile.State()), p}).Diagnostics() {
		names = append(names, paper.Name)
	}
	if want := []string{"about.txt", "settings.json", "devices.json"}; !slices.Equal(names, want) {
		t.Errorf("papers %q, want %q", names, want)
	}
}

// TestDoctorIsKept keeps what the doctor found last where the diagnostics look.
func TestDoctorIsKept(t *testing.T) {
	t.Parallel()
	p, _ := launch(t, options{})
	keepReport(p.profile.State(), &doctor.Report{})
	keepReport(p.profile.State(), &doctor.Report{Relays: []doctor.Relay{{URL: "turn:h:1"}}})
	papers := care{upkeep.CrashesIn(p.profile.State()), p}.Diagnostics()
	at := slices.IndexFunc(papers, func(p upkeep.Paper) bool { return p.Name == "doctor.txt" })
	if at < 0 || strings.Count(papers[at].Text, "Calls do not work as they should.") != 1 || !strings.Contains(papers[at].Text, "turn:h:1") {
		t.Errorf("papers %q", papers)
	}
}
