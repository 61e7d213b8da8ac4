// Command parley-server runs a Parley switchboard without a window.
//
//	parley-server --listen :4455 --data /var/lib/parley-server
//	parley-server invite --data DIR
//	parley-server token --data DIR --user ID
//	parley-server devices --data DIR --user ID
//	parley-server remove --data DIR --user ID [--device KEY]
//	parley-server restore --data DIR --user ID [--device KEY]
//
// Every flag may also stand in the environment (PARLEY_SERVER_…) and in a TOML file (--config). SIGTERM and SIGINT end it in order.
// It exits with 0, with 1 after a failure, and with 2 if it was called wrongly.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	ossignal "os/signal"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/server"
	"github.com/parley-calls/parley/upkeep"
)

// stamped is the version if the linker was told one: -ldflags "-X main.stamped=1.2.3".
var stamped string

// closeTimeout bounds how long the end may take.
const closeTimeout = 10 * time.Second

func main() {
	ctx, stop := ossignal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// command does what the first argument says; fs is for the flags in the other ones.
type command func(ctx context.Context, fs *flag.FlagSet, args []string, stdout, stderr io.Writer) error

// run is the program: it returns its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	do, verb := command(serve), "serve"
	if len(args) > 0 {
		switch args[0] {
		case "serve":
			args = args[1:]
		case "token":
			do, verb, args = token, args[0], args[1:]
		case "invite":
			do, verb, args = invite, args[0], args[1:]
		case "devices":
			do, verb, args = devices, args[0], args[1:]
		case "remove":
			do, verb, args = decide(server.Remove, "removed"), args[0], args[1:]
		case "restore":
			do, verb, args = decide(server.Restore, "restored"), args[0], args[1:]
		}
	}
	fs := flag.NewFlagSet("parley-server "+verb, flag.ContinueOnError)
	fs.SetOutput(stderr)
	err := do(ctx, fs, args, stdout, stderr)
	var wrong usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.As(err, &wrong):
		fmt.Fprintf(stderr, "parley-server: %v\nTry parley-server %s --help.\n", err, verb)
		return 2
	default:
		fmt.Fprintf(stderr, "parley-server: %v\n", err)
		return 1
	}
}

// read parses all that is left of the arguments into flags.
func read(fs *flag.FlagSet, args []string) error {
	switch err := parse(fs, args); {
	case errors.Is(err, flag.ErrHelp):
		return err
	case err != nil:
		return usage("%v", err)
	case fs.NArg() > 0:
		return usage("%q is too much", fs.Arg(0))
	}
	return nil
}

func serve(ctx context.Context, fs *flag.FlagSet, args []string, stdout, stderr io.Writer) error {
	var c config
	c.register(fs)
	tell := fs.Bool("version", false, "print the version and end")
	if err := read(fs, args); err != nil {
		return err
	}
	if *tell {
		fmt.Fprintln(stdout, "parley-server", upkeep.ReadBuild(stamped, ""))
		return nil
	}
	o, err := c.options(stderr)
	if err != nil {
		return err
	}
	s, err := server.Start(ctx, o)
	if err != nil {
		return err
	}
	<-ctx.Done()
	o.Logger.Info("closing")
	end, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return s.Close(end)
}

// token prints credentials for one user as JSON. Whoever reads them is that user.
func token(_ context.Context, fs *flag.FlagSet, args []string, stdout, _ io.Writer) error {
	var c config
	c.register(fs)
	user := fs.String("user", "", "the `ID` of the user")
	key := fs.String("key", "", "public nkey (U…) of the user's device; without it a new one is made, whose seed is printed too")
	life := fs.Duration("life", 24*time.Hour, "how long the token lasts; 0 is for ever")
	if err := read(fs, args); err != nil {
		return err
	}
	if err := signal.UserID(*user).Check(); err != nil {
		return usage("--user: %v", err)
	}
	if *life < 0 {
		return usage("--life is negative")
	}
	dir, err := c.dataDir()
	if err != nil {
		return err
	}
	made, err := server.MintToken(dir, signal.UserID(*user), *key, *life)
	if err != nil {
		return err
	}
	out := json.NewEncoder(stdout)
	out.SetIndent("", "  ")
	return out.Encode(made)
}

// invite prints the invite link. Whoever has it can enrol.
func invite(_ context.Context, fs *flag.FlagSet, args []string, stdout, stderr io.Writer) error {
	var c config
	c.register(fs)
	if err := read(fs, args); err != nil {
		return err
	}
	o, err := c.options(stderr)
	if err != nil {
		return err
	}
	link, err := server.InviteLink(o)
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, link)
	return nil
}

// person reads the flags of a command about a person, of whom the running switchboard knows.
func person(fs *flag.FlagSet, args []string, stderr io.Writer) (server.Options, signal.UserID, error) {
	var c config
	c.register(fs)
	user := fs.String("user", "", "the `ID` of the user")
	if err := read(fs, args); err != nil {
		return server.Options{}, "", err
	}
	u := signal.UserID(*user)
	if err := u.Check(); err != nil {
		return server.Options{}, "", usage("--user: %v", err)
	}
	o, err := c.options(stderr)
	return o, u, err
}

// devices prints those of a person, a line for each.
func devices(ctx context.Context, fs *flag.FlagSet, args []string, stdout, stderr io.Writer) error {
	o, u, err := person(fs, args, stderr)
	if err != nil {
		return err
	}
	all, err := server.Devices(ctx, o, u)
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "KEY\tENROLLED\tLAST TOKEN\t")
	for _, d := range all {
		state := ""
		if d.Removed {
			state = "removed"
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", d.Key, moment(d.Since), moment(d.Used), state)
	}
	return out.Flush()
}

// moment is a time for people; "-" if it is not known.
func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04")
}

// decide makes a command that tells the running switchboard what becomes of a person, or of one of his devices.
func decide(carryOut func(context.Context, server.Options, signal.UserID, string) error, done string) command {
	return func(ctx context.Context, fs *flag.FlagSet, args []string, stdout, stderr io.Writer) error {
		device := fs.String("device", "", "only the device with this `KEY`, as \"parley-server devices\" tells it; all of them without")
		o, u, err := person(fs, args, stderr)
		if err != nil {
			return err
		}
		what := fmt.Sprintf("%q", u)
		if *device != "" {
			what = fmt.Sprintf("this device of %q", u)
		}
		if err := carryOut(ctx, o, u, *device); err != nil {
			return fmt.Errorf("%s is not %s: %w", what, done, err)
		}
		fmt.Fprintf(stdout, "%s is %s\n", what, done)
		return nil
	}
}
