package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/peterbourgon/ff/v3"
	"github.com/peterbourgon/ff/v3/fftoml"

	"github.com/parley-calls/parley/server"
)

// envPrefix begins the name of each flag in the environment: --public-host is PARLEY_SERVER_PUBLIC_HOST.
const envPrefix = "PARLEY_SERVER"

// config is what flags, the environment and the configuration file say, in this order of precedence.
type config struct {
	listen, data, publicHost, name, http string
	joinCodeFile                         string
	announce, echo                       bool
	tokenLife, keepHistory               time.Duration
	callLimit                            int
	turn, turnPrivate                    bool
	turnListen, turnTCP, turnPorts       string
	turnURLs, turnSecretFile             string
	logLevel                             slog.Level
	logFormat                            string
}

// register declares the flags on fs. The configuration file in packaging explains the same ones; a test compares them.
func (c *config) register(fs *flag.FlagSet) {
	fs.String("config", "", "read what is not given here from this TOML `FILE`")
	fs.StringVar(&c.listen, "listen", ":4455", "`HOST:PORT` for apps; on a loopback host without TLS and join code")
	fs.StringVar(&c.data, "data", "", "`DIR` for what must be kept, secrets included; the default is $STATE_DIRECTORY")
	fs.StringVar(&c.publicHost, "public-host", "", "`HOST` or HOST:PORT that apps use, if not the listen address")
	fs.StringVar(&c.name, "name", "", "how it announces itself; the default is the `NAME` of the machine")
	fs.StringVar(&c.joinCodeFile, "join-code-file", "", "`FILE` with a join code; without it one is made and kept")
	fs.BoolVar(&c.announce, "announce", true, "announce it on the local network")
	fs.BoolVar(&c.echo, "echo", true, "run the Echo contact")
	fs.StringVar(&c.http, "http", "", "`HOST:PORT` of /healthz, /readyz and /metrics")
	fs.DurationVar(&c.tokenLife, "token-life", 30*24*time.Hour, "how long the token of an enrolled user lasts without being renewed")
	fs.DurationVar(&c.keepHistory, "keep-history", 90*24*time.Hour, "how long people find a call in their history")
	fs.IntVar(&c.callLimit, "call-limit", server.DefaultCallLimit, "how many may be in one call at once, 2 to 16: everybody sends to everybody else")
	fs.BoolVar(&c.turn, "turn", true, "relay media for those whom nothing else connects")
	fs.StringVar(&c.turnListen, "turn-listen", "", "`HOST:PORT` of TURN over UDP; the default is that of listen")
	fs.StringVar(&c.turnTCP, "turn-tcp", "", "`HOST:PORT` of TURN over TCP, or \"off\"; the default is the port after that of turn-listen")
	fs.StringVar(&c.turnPorts, "turn-ports", "49152-65535", "`FIRST-LAST` UDP port of relayed addresses")
	fs.BoolVar(&c.turnPrivate, "turn-private-peers", false, "relay into private networks too")
	fs.StringVar(&c.turnURLs, "turn-urls", "", "`URLS` of relays elsewhere, with commas between, instead of our own")
	fs.StringVar(&c.turnSecretFile, "turn-secret-file", "", "`FILE` with the static-auth-secret of the relays elsewhere")
	fs.TextVar(&c.logLevel, "log-level", slog.LevelInfo, "`LEVEL`: debug, info, warn or error")
	fs.StringVar(&c.logFormat, "log-format", "text", "`FORMAT`: text or json")
}

// parse reads arguments, environment and configuration file.
func parse(fs *flag.FlagSet, args []string) error {
	return ff.Parse(fs, args, ff.WithEnvVarPrefix(envPrefix), ff.WithConfigFileFlag("config"), ff.WithConfigFileParser(fftoml.Parser))
}

// dataDir is the data directory; systemd names one for a unit with StateDirectory=.
func (c *config) dataDir() (string, error) {
	if c.data != "" {
		return c.data, nil
	}
	if dir, _, _ := strings.Cut(os.Getenv("STATE_DIRECTORY"), ":"); dir != "" {
		return dir, nil
	}
	return "", usage("--data DIR is missing")
}

// options turns the configuration into those of the switchboard.
func (c *config) options(stderr io.Writer) (server.Options, error) {
	o := server.Options{
		Listen: c.listen, PublicHost: c.publicHost, Name: c.name, Announce: c.announce, NoEcho: !c.echo, HTTP: c.http,
		TokenLife: c.tokenLife, KeepHistory: c.keepHistory, CallLimit: c.callLimit,
		TURN: server.TURNOptions{Off: !c.turn, Listen: c.turnListen, ListenTCP: c.turnTCP, AllowPrivatePeers: c.turnPrivate},
	}
	if c.callLimit < 2 || c.callLimit > server.MaxCallLimit {
		return o, usage("call-limit %d is not 2 to %d", c.callLimit, server.MaxCallLimit)
	}
	var err error
	if o.DataDir, err = c.dataDir(); err != nil {
		return o, err
	}
	if o.JoinCode, err = secretIn(c.joinCodeFile); err != nil {
		return o, fmt.Errorf("join-code-file: %w", err)
	}
	if o.TURN.ExternalSecret, err = secretIn(c.turnSecretFile); err != nil {
		return o, fmt.Errorf("turn-secret-file: %w", err)
	}
	if c.turnURLs != "" {
		o.TURN.ExternalURLs = strings.Split(c.turnURLs, ",")
	}
	if o.TURN.MinPort, o.TURN.MaxPort, err = ports(c.turnPorts); err != nil {
		return o, err
	}
	o.Logger, err = c.logger(stderr)
	return o, err
}

// secretIn reads a secret from a file, because arguments and the environment can be seen by others.
func secretIn(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	secret := strings.TrimSpace(string(data))
	if secret == "" {
		return "", errors.New("the file is empty")
	}
	return secret, nil
}

func ports(text string) (first, last uint16, err error) {
	a, b, _ := strings.Cut(text, "-")
	low, errLow := strconv.ParseUint(a, 10, 16)
	high, errHigh := strconv.ParseUint(b, 10, 16)
	if errLow != nil || errHigh != nil || low == 0 || high < low {
		return 0, 0, usage("turn-ports %q is not FIRST-LAST", text)
	}
	return uint16(low), uint16(high), nil
}

func (c *config) logger(w io.Writer) (*slog.Logger, error) {
	o := &slog.HandlerOptions{Level: c.logLevel}
	switch c.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(w, o)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, o)), nil
	}
	return nil, usage("log-format %q is neither text nor json", c.logFormat)
}

// usageError says that the program was called wrongly.
type usageError string

func usage(format string, a ...any) error { return usageError(fmt.Sprintf(format, a...)) }

func (e usageError) Error() string { return string(e) }
