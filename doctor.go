package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/parley-calls/parley/ctl"
	"github.com/parley-calls/parley/devices"
	"github.com/parley-calls/parley/doctor"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
	"github.com/parley-calls/parley/upkeep"
)

// doctorOptions are what follows `parley doctor`.
type doctorOptions struct{ json bool }

const doctorUsage = `usage: parley [FLAG…] doctor [--json]

Tries the camera, the microphone and the speaker that calls would use, and calls Echo on the switchboard of the profile with a test
picture and ticks. It takes half a minute; a running app is not disturbed. It exits with 0 if calls work and with 1 if they do not.

`

func parseDoctor(args []string, w io.Writer) (*doctorOptions, error) {
	var d doctorOptions
	fs := flag.NewFlagSet("parley doctor", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.BoolVar(&d.json, "json", false, "print the figures and the findings as JSON")
	fs.Usage = func() {
		fmt.Fprint(w, doctorUsage)
		fs.SetOutput(w)
		fs.PrintDefaults()
		fs.SetOutput(io.Discard)
	}
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	if fs.NArg() > 0 {
		return nil, fmt.Errorf("%w: doctor takes no %q", errUsage, fs.Arg(0))
	}
	return &d, nil
}

// examine is `parley doctor`.
func examine(ctx context.Context, o options, at profile.Places, stdout, stderr io.Writer) int {
	report, err := examined(ctx, o, at, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "parley: %v\n", err)
		return exitFailed
	}
	keepReport(at.State, report)
	if o.doctor.json {
		out := json.NewEncoder(stdout)
		out.SetIndent("", "  ")
		err = out.Encode(struct {
			OK bool `json:"ok"`
			*doctor.Report
			Findings []doctor.Finding `json:"findings"`
		}{report.Well(), report, report.Findings()})
	} else {
		_, err = io.WriteString(stdout, told(report))
	}
	if err != nil || !report.Well() {
		return exitFailed
	}
	return exitDone
}

// doctorPath is where the last report of the doctor is kept in a directory, for the diagnostics.
func doctorPath(dir string) string { return filepath.Join(dir, "doctor.txt") }

// keepReport keeps a report for the diagnostics, where it can: they are complete without it.
func keepReport(dir string, r *doctor.Report) {
	text := time.Now().UTC().Format(time.RFC3339) + "\n\n" + told(r) + "\n" + indented(r)
	_ = os.WriteFile(doctorPath(dir), []byte(text), 0o600)
}

// told is a report for people.
func told(r *doctor.Report) string {
	signs := map[doctor.Severity]string{doctor.Fine: "ok", doctor.Note: "note", doctor.Problem: "PROBLEM"}
	var b strings.Builder
	for _, f := range r.Findings() {
		fmt.Fprintf(&b, "%-8s %-12s %s\n", signs[f.Severity], f.About, f.Text)
		if f.Hint != "" {
			fmt.Fprintf(&b, "%21s %s\n", "", f.Hint)
		}
	}
	if r.Well() {
		b.WriteString("\nCalls work.\n")
	} else {
		b.WriteString("\nCalls do not work as they should.\n")
	}
	return b.String()
}

// examined measures with the devices and the switchboard of a profile.
func examined(ctx context.Context, o options, at profile.Places, stderr io.Writer) (*doctor.Report, error) {
	p, err := at.Open()
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.DiscardHandler)
	if o.verbose {
		log = upkeep.NewLogger(io.Discard, stderr, true)
	}
	quietLibraries(log)
	machine, err := devices.Select(devices.Selection{Camera: o.camera, Microphone: o.microphone, Speaker: o.speaker}, devices.Options{Logger: log})
	if err != nil {
		return nil, err
	}
	defer machine.Close()
	card := o.graphicsCard(log)
	defer card.Close()
	s := o.over(p.Settings())
	place, err := findSwitchboard(ctx, o, s, p, at.Runtime, log)
	if err != nil {
		return nil, err
	}
	defer place.close()
	return doctor.Examine(ctx, doctor.Options{
		Devices: machine, Choice: choice(o, s), Card: card,
		Connect: func(_ context.Context, d engine.Devices) (*engine.Client, error) {
			return engine.Start(engine.Options{
				Server: place.link, AppID: o.appID, AppSign: o.appSign, User: place.me, Device: s.DeviceID, DeviceCode: o.deviceCode,
				Store: place.store, Devices: d, Video: media.VideoFormat{Width: o.video.width, Height: o.video.height}, Card: card, Logger: log,
			})
		},
		Tell: func(step string) { fmt.Fprintln(stderr, step+"…") },
	})
}

// place is the switchboard to examine.
type place struct {
	link  string
	me    engine.User
	store engine.CredentialStore
	close func()
}

// findSwitchboard returns that of the running app; otherwise that of the settings, which this program hosts if the app would; and without
// settings one that is made for the purpose.
func findSwitchboard(ctx context.Context, o options, s profile.Settings, p *profile.Profile, runtime string, log *slog.Logger) (place, error) {
	embedded := s.Server == profile.Embedded
	out := place{store: store{kept: p, embedded: embedded, given: o.credentials}, close: func() {}}
	var err error
	if s.Server == "" || s.Name == "" && s.UserID == "" {
		return madeForIt(ctx, log)
	}
	if out.me, err = identity(s); err != nil {
		return place{}, err
	}
	if !embedded {
		a, err := remoteAddress(s)
		out.link = a.Link()
		return out, err
	}
	if running := servedBy(runtime); running != "" {
		out.link = running
		return out, nil
	}
	hosted, err := host(ctx, o.listen, p.ServerData(), out.me.Name, log)
	if err != nil {
		return place{}, err
	}
	a := ownAddress(hosted, o.listen)
	out.link, out.close = a.Link(), closing(hosted)
	return out, nil
}

// madeForIt is a switchboard that nobody else can reach, for somebody who has none yet.
func madeForIt(ctx context.Context, log *slog.Logger) (place, error) {
	dir, err := os.MkdirTemp("", "parley-doctor-")
	if err != nil {
		return place{}, err
	}
	hosted, err := host(ctx, "127.0.0.1:0", dir, "", log)
	if err != nil {
		return place{}, errors.Join(err, os.RemoveAll(dir))
	}
	shut := closing(hosted)
	return place{link: hosted.Address().Link(), me: engine.User{ID: "doctor", Name: "Doctor"}, close: func() {
		shut()
		_ = os.RemoveAll(dir)
	}}, nil
}

// closing returns what ends a switchboard in good time.
func closing(s interface{ Close(context.Context) error }) func() {
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_ = s.Close(ctx)
	}
}

// servedBy is the switchboard that the running app of a profile hosts; empty if none runs.
func servedBy(dir string) string {
	var answer bytes.Buffer
	if ctl.Run([]string{"status"}, dir, &answer, io.Discard) != exitDone {
		return ""
	}
	var status struct {
		Server string `json:"server"`
	}
	if json.Unmarshal(answer.Bytes(), &status) != nil {
		return ""
	}
	if _, err := signal.ParseAddress(status.Server); err != nil {
		return ""
	}
	return status.Server
}
