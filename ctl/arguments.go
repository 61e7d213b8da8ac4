package ctl

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/parley-calls/parley/engine"
)

// errUsage says that a command line is wrong; the text before it says where.
var errUsage = errors.New("wrong usage")

// parse makes a request of a command line: the verb, then arguments and flags in any order.
func parse(args []string) (request, verb, error) {
	if len(args) == 0 {
		return request{}, verb{}, errUsage
	}
	v, found := lookup(args[0])
	if !found {
		return request{}, verb{}, fmt.Errorf("no verb %q: %w", args[0], errUsage)
	}
	r := request{Version: version, Do: v.name}
	fs := flag.NewFlagSet(v.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	for _, name := range v.flags {
		switch f := r.field(name).(type) {
		case *bool:
			fs.BoolVar(f, name, false, "")
		case **bool:
			for flag, on := range map[string]bool{name: true, "no-" + name: false} {
				fs.BoolFunc(flag, "", func(string) error { *f = &on; return nil })
			}
		case *int:
			fs.IntVar(f, name, 0, "")
		case *duration:
			fs.DurationVar((*time.Duration)(f), name, 0, "")
		case *time.Time:
			fs.TextVar(f, name, time.Time{}, "")
		case *string:
			fs.StringVar(f, name, "", "")
		case *engine.CallID:
			fs.StringVar((*string)(f), name, "", "")
		case *engine.ShareProfile:
			for _, p := range []engine.ShareProfile{engine.TextShare, engine.MotionShare} {
				fs.BoolFunc(string(p), "", func(string) error { *f = p; return nil })
			}
		case *current:
			for _, c := range []current{holdCurrent, endCurrent} {
				fs.BoolFunc(string(c), "", func(string) error { *f = c; return nil })
			}
		}
	}
	positional, err := interleaved(fs, args[1:])
	if err == nil {
		err = v.arguments(&r, positional)
	}
	if err == nil {
		err = r.check()
	}
	if err != nil {
		return r, v, fmt.Errorf("%s: %w: %w", v.name, err, errUsage)
	}
	return r, v, nil
}

// interleaved parses flags that stand among the positional arguments, which it returns. What follows "--" is positional.
func interleaved(fs *flag.FlagSet, args []string) ([]string, error) {
	var positional []string
	for len(args) > 0 {
		if args[0] == "--" {
			return append(positional, args[1:]...), nil
		}
		if !strings.HasPrefix(args[0], "-") || args[0] == "-" {
			positional, args = append(positional, args[0]), args[1:]
			continue
		}
		// Parse takes the flags at the front and stops at the first argument; "--" is lost to it, so it is kept out.
		end := len(args)
		for i, a := range args {
			if a == "--" {
				end = i
				break
			}
		}
		if err := fs.Parse(args[:end]); err != nil {
			return nil, err
		}
		args = args[end-fs.NArg():]
	}
	return positional, nil
}

func none(_ *request, args []string) error { return atMost(args, 0) }

func people(least int) func(*request, []string) error {
	return func(r *request, args []string) error {
		for _, list := range args {
			for name := range strings.SplitSeq(list, ",") {
				if name = strings.TrimSpace(name); name != "" {
					r.To = append(r.To, engine.UserID(name))
				}
			}
		}
		if len(r.To) < least {
			return errors.New("name the people to call")
		}
		return nil
	}
}

func members(r *request, args []string) error {
	if err := people(0)(r, args); err != nil || len(r.To) > 0 {
		return err
	}
	return errors.New("name who is to be removed")
}

func words(r *request, args []string) error {
	if r.Text = strings.Join(args, " "); r.Text == "" {
		return errors.New("say something")
	}
	return nil
}

func optionalInvitation(r *request, args []string) error {
	if len(args) > 0 {
		r.Invitation = engine.InvitationID(args[0])
	}
	return atMost(args, 1)
}

func optionalCall(r *request, args []string) error {
	if len(args) > 0 {
		r.Call = engine.CallID(args[0])
	}
	return atMost(args, 1)
}

func theCall(r *request, args []string) error {
	if len(args) == 0 {
		return errors.New("name the call")
	}
	return optionalCall(r, args)
}

func theEntry(r *request, args []string) error {
	if len(args) == 0 {
		return errors.New("name the entry")
	}
	r.Entries = []engine.HistoryID{engine.HistoryID(args[0])}
	return atMost(args, 1)
}

func entriesOrAll(r *request, args []string) error {
	for _, a := range args {
		r.Entries = append(r.Entries, engine.HistoryID(a))
	}
	return nil
}

func preference(r *request, args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("say %s or %s, and on, off or toggle", CallWaiting, DoNotDisturb)
	}
	r.Preference, r.Set = Preference(args[0]), args[1]
	return atMost(args, 2)
}

func setting(r *request, args []string) error {
	if len(args) == 0 {
		return errors.New("say on, off or toggle")
	}
	r.Set = args[0]
	if len(args) > 1 {
		r.User = engine.UserID(args[1])
	}
	return atMost(args, 2)
}

func theShare(r *request, args []string) error {
	if len(args) < 2 {
		return errors.New("name who shares, and say on or off")
	}
	r.User, r.Set = engine.UserID(args[0]), args[1]
	return atMost(args, 2)
}

func optionalOutput(r *request, args []string) error {
	if len(args) > 0 {
		r.Output = args[0]
	}
	return atMost(args, 1)
}

func optionalLink(r *request, args []string) error {
	if len(args) > 0 {
		r.Link = args[0]
	}
	return atMost(args, 1)
}

func atMost(args []string, n int) error {
	if len(args) > n {
		return fmt.Errorf("%q is too much", args[n])
	}
	return nil
}
