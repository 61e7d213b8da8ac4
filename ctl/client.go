package ctl

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/parley-calls/parley/engine"
)

// Exit codes of [Run].
const (
	exitOK         = 0
	exitRefused    = 1 // the app answered "ok":false
	exitUsage      = 2
	exitNotRunning = 3 // no app runs for the profile, or it went away without an answer
)

// maxAnswer bounds what the client takes as one line: a status with every person of a large switchboard.
const maxAnswer = 16 << 20

// Run is the command line client: args are [--profile DIR] VERB [ARG…]. It prints the app's answer, and for "watch" every event,
// as JSON lines on stdout; words about wrong usage, or that no app runs, go to stderr. The result is the exit code: 0 done,
// 1 refused, 2 wrong usage, 3 no app runs for that profile.
func Run(args []string, profileDir string, stdout, stderr io.Writer) int {
	for len(args) > 0 {
		dir, rest, found, err := profileFlag(args)
		if err != nil {
			return usage(stderr, err)
		}
		if !found {
			break
		}
		profileDir, args = dir, rest
	}
	if len(args) > 0 && (args[0] == "help" || args[0] == "--help" || args[0] == "-h") {
		usage(stdout, nil)
		return exitOK
	}
	r, v, err := parse(args)
	if err != nil {
		return usage(stderr, err)
	}
	conn, err := dial(context.Background(), profileDir)
	if err != nil {
		fmt.Fprintf(stderr, "parley ctl: no Parley runs for the profile %s\n", profileDir)
		return exitNotRunning
	}
	defer conn.Close()
	if err := write(conn, r); err != nil {
		fmt.Fprintf(stderr, "parley ctl: %v\n", err)
		return exitNotRunning
	}
	answers := bufio.NewScanner(conn)
	answers.Buffer(make([]byte, 0, maxLine), maxAnswer)
	if v.streams {
		return follow(answers, stdout)
	}
	return await(conn, answers, v, stdout, stderr)
}

// follow prints lines until the app closes the socket.
func follow(lines *bufio.Scanner, stdout io.Writer) int {
	for lines.Scan() {
		if said, failed := refusedLine(lines.Bytes()); failed {
			fmt.Fprintf(stdout, "%s\n", said)
			return exitRefused
		}
		if _, err := fmt.Fprintf(stdout, "%s\n", lines.Bytes()); err != nil {
			return exitOK // nobody reads any more
		}
	}
	return exitOK
}

// await prints the one answer. After "quit" it waits until the app has gone.
func await(conn net.Conn, lines *bufio.Scanner, v verb, stdout, stderr io.Writer) int {
	conn.SetReadDeadline(time.Now().Add(answerTime + 5*time.Second))
	if !lines.Scan() {
		err := lines.Err()
		if err == nil {
			err = io.ErrUnexpectedEOF
		}
		fmt.Fprintf(stderr, "parley ctl: no answer: %v\n", err)
		return exitNotRunning
	}
	fmt.Fprintf(stdout, "%s\n", lines.Bytes())
	if _, failed := refusedLine(lines.Bytes()); failed {
		return exitRefused
	}
	if v.name == "quit" {
		for lines.Scan() {
		}
	}
	return exitOK
}

// refusedLine reports whether a line is an answer with "ok":false. An event has no "ok".
func refusedLine(line []byte) ([]byte, bool) {
	var a struct {
		OK *bool `json:"ok"`
	}
	if json.Unmarshal(line, &a) != nil {
		return line, true
	}
	return line, a.OK != nil && !*a.OK
}

// Show raises the window of the app that runs for the profile in dir, and hands it what a second start was for: a parley: link, or a
// call that a person has accepted; either may be empty. The error is [ErrNotRunning] if none runs, or if it is ending.
func Show(ctx context.Context, dir, link string, accept engine.CallID) error {
	conn, err := dial(ctx, dir)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Now()) })()
	if err := write(conn, request{Version: version, Do: "show", Link: link, Accept: accept}); err != nil {
		return fmt.Errorf("%w (%w)", ErrNotRunning, err)
	}
	lines := bufio.NewScanner(conn)
	if !lines.Scan() {
		return fmt.Errorf("%w (no answer: %w)", ErrNotRunning, errors.Join(lines.Err(), ctx.Err()))
	}
	var a refused
	if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
		return fmt.Errorf("ctl: answer: %w", err)
	}
	switch {
	case a.OK:
		return nil
	case a.Error == nil:
		return errors.New("ctl: the answer is neither good nor an error")
	case a.Error.Code == engine.Code(engine.ErrClosed):
		return fmt.Errorf("%w (it is ending)", ErrNotRunning)
	}
	return a.Error
}

// profileFlag takes --profile DIR or --profile=DIR from the front of args.
func profileFlag(args []string) (dir string, rest []string, found bool, err error) {
	name, value, assigned := strings.Cut(strings.TrimPrefix(args[0], "-"), "=")
	if name != "-profile" && name != "profile" || !strings.HasPrefix(args[0], "-") {
		return "", args, false, nil
	}
	if assigned {
		return value, args[1:], true, nil
	}
	if len(args) < 2 {
		return "", nil, false, errors.New("--profile: name a directory")
	}
	return args[1], args[2:], true, nil
}

// usage prints how to write it and returns exitUsage.
func usage(w io.Writer, err error) int {
	if err != nil && err.Error() != errUsage.Error() {
		fmt.Fprintf(w, "parley ctl: %v\n", err)
	}
	fmt.Fprintln(w, "usage: parley ctl [--profile DIR] VERB [ARG…]")
	for _, v := range verbs() {
		if v.serve != nil || v.streams {
			fmt.Fprintf(w, "  %s\n", strings.TrimSpace(v.name+" "+v.usage))
		}
	}
	return exitUsage
}
