// Parley is a desktop program for calls with voice and picture. This package wires the devices of the machine into the engine
// and the engine into the windows, hosts the switchboard when asked, and serves the control socket.
//
// Fyne owns the main goroutine. The program owns one session at a time: the engine and, if it is hosted here, the switchboard.
// Only this package ends the process.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/pprof"
	"strings"
	"sync"
	"syscall"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/ctl"
	"github.com/parley-calls/parley/desktop"
	"github.com/parley-calls/parley/devices"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/profile"
	"github.com/parley-calls/parley/ui"
	"github.com/parley-calls/parley/upkeep"
)

// appID is the name of the program for desktops, as in FyneApp.toml.
const appID = "app.parley.Parley"

// appName is what people call it.
const appName = "Parley"

// endTime is how long hanging up and closing may take when the program ends.
const endTime = 5 * time.Second

// Exit codes, besides those of [ctl.Run].
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// codePictures is the only argument of the processes that code pictures on the graphics card for this program. It is not for people.
const codePictures = "code-pictures"

// run is the whole program but for the exit.
func run(args []string, stdout, stderr io.Writer) int {
	if len(args) == 1 && args[0] == codePictures {
		if err := media.ServeCard(); err != nil {
			return exitFailed
		}
		return exitDone
	}
	o, err := parseOptions(args, stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitDone
	case err != nil:
		fmt.Fprintf(stderr, "parley: %v\nparley --help tells more.\n", err)
		return exitUsage
	case o.version:
		fmt.Fprintln(stdout, "parley", build())
		return exitDone
	}
	at, err := profile.At(o.profile)
	if err != nil {
		fmt.Fprintf(stderr, "parley: %v\n", err)
		return exitFailed
	}
	if o.ctl != nil {
		return ctl.Run(o.ctl, at.Runtime, stdout, stderr)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if o.doctor != nil {
		return examine(ctx, o, at, stdout, stderr)
	}

	only, err := claim(ctx, at, o.link, engine.CallID(o.accept), o.hidden)
	if err != nil {
		fmt.Fprintf(stderr, "parley: %v\n", err)
		return exitFailed
	}
	if only == nil {
		return exitDone // the first one shows itself, unless this one would have been hidden
	}
	defer only.Close()
	if err := live(ctx, o, at, stderr); err != nil {
		fmt.Fprintf(stderr, "parley: %v\n", err)
		return exitFailed
	}
	return exitDone
}

// live runs the windows until they are closed or ctx ends, and then puts everything in order.
func live(ctx context.Context, o options, at profile.Places, stderr io.Writer) error {
	p, err := at.Open()
	if err != nil {
		return err
	}
	logs, err := upkeep.OpenLog(p.Log(), upkeep.MaxLog)
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	defer logs.Close()
	log := upkeep.NewLogger(logs, stderr, o.verbose)
	log.Info("start", "build", build().String(), "pid", os.Getpid())
	if err := p.Problem(); err != nil {
		log.Warn("the profile was damaged and has been reset", "err", err)
	}
	crashes := upkeep.CrashesIn(p.State())
	last, clean, err := crashes.Watch(fmt.Sprintf("Parley %s\nbegun %s", build(), time.Now().UTC().Format(time.RFC3339)))
	if err != nil {
		return fmt.Errorf("crash file: %w", err)
	}
	if last != upkeep.Clean {
		log.Warn("the last run did not end by itself", "crashed", last == upkeep.Crashed)
	}

	memory := spareMemory(ctx)
	memory.begin(startPercent)
	quietLibraries(log)
	quietBus()
	preferX11()
	machine, err := devices.Select(devices.Selection{Camera: o.camera, Microphone: o.microphone, Speaker: o.speaker}, devices.Options{Logger: log})
	if err != nil {
		return err
	}
	around := desktop.New(desktop.Options{
		ID: appID, Name: appName, Icon: assets.SmallIconPNG, Entry: o.entry(at.Config), Command: o.command(at.Config), AtLogin: []string{"--hidden"},
		Scheme: "parley", Logger: log,
	})
	defer around.Close()
	program := newProgram(o, p, machine, around, memory, log)
	defer around.Watch(program.prefer)()
	ended := make(chan struct{})
	program.ending = func() { go watchdog(ended, log) }
	control, err := ctl.Serve(context.Background(), ctl.SocketPath(at.Runtime), remote{program}, log)
	if err != nil {
		return errors.Join(err, machine.Close())
	}
	life, end := context.WithCancel(ctx)
	defer end()
	begun := make(chan struct{})
	go func() {
		defer close(begun)
		program.begin(life)
	}()
	// Whatever touches windows goes through fyne.Do, so Fyne need not find out for each call which goroutine makes it.
	app.SetMetadata(fyne.AppMetadata{ID: appID, Name: appName, Version: build().Version, Migrations: map[string]bool{"fyneDo": true}})
	application := app.NewWithID(appID)
	shown := &shell{app: application, UI: ui.New(ui.Params{
		App: application, Program: program, Care: care{crashes, program}, Desktop: around, Hidden: o.hidden, Size: o.size.fyne(), Begun: begun, Logger: log,
	})}
	program.open(shown)
	unhook := context.AfterFunc(ctx, program.Quit)
	if o.link != "" {
		shown.Show(o.link)
	}
	shown.Run()

	unhook()
	end()
	program.end()
	closing, cancel := context.WithTimeout(context.Background(), endTime)
	defer cancel()
	err = program.close(closing)
	program.card.Close()
	<-begun
	err = errors.Join(err, machine.Close(), control.Close())
	close(ended)
	clean()
	log.Info("end", "err", err)
	return err
}

// watchdog ends the process if it does not end by itself in time, and leaves in the log what hung.
func watchdog(ended <-chan struct{}, log *slog.Logger) {
	select {
	case <-ended:
	case <-time.After(endTime):
		var stacks bytes.Buffer
		_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
		log.Error("the program did not end in time", "goroutines", stacks.String())
		os.Exit(exitFailed)
	}
}

//go:embed FyneApp.toml
var manifest string

// stamped is the version if the linker was told one: -ldflags "-X main.stamped=1.2.3".
var stamped string

// build is how this program was made.
var build = sync.OnceValue(func() upkeep.Build { return upkeep.ReadBuild(stamped, written()) })

// written is the version that FyneApp.toml tells.
func written() string {
	for line := range strings.Lines(manifest) {
		if key, value, found := strings.Cut(line, "="); found && strings.TrimSpace(key) == "Version" {
			return strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return ""
}
