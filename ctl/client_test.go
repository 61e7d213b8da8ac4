package ctl

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/parley-calls/parley/engine"
)

func TestRun(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args string
		code int
		did  string
		out  string // the beginning of stdout
		err  string // within stderr
	}{
		{args: "status", out: `{"ok":true,"user":{"id":"ana"`},
		{args: "stats", out: `{"ok":true,"calls":[`},
		{args: "invite bob,cyd --video --data T --timeout 60s --call ID", did: `invite [bob cyd] video=true call="ID" data="T" timeout=1m0s`, out: `{"ok":true,"call":"room"`},
		{args: "invite --video bob cyd", did: `invite [bob cyd] video=true call="" data="" timeout=0s`, out: `{"ok":true`},
		{args: "invite -- -odd-", did: `invite [-odd-] video=false call="" data="" timeout=0s`, out: `{"ok":true`},
		{args: "accept", did: `accept i1 "" camera=- microphone=- current=0`, out: `{"ok":true,"call":"c2"}`},
		{args: "accept i9 --data=yes", did: `accept i9 "yes" camera=- microphone=- current=0`, out: `{"ok":true`},
		{args: "reject --data no", did: `reject i1 "no"`, out: `{"ok":true}`},
		{args: "cancel", did: `cancel c1 [] ""`, out: `{"ok":true}`},
		{args: "cancel cyd", did: `cancel c1 [cyd] ""`, out: `{"ok":true}`},
		{args: "join room --video", did: `join room video=true microphone=- take=false current=0`, out: `{"ok":true`},
		{args: "hangup", did: `hang up c1`, out: `{"ok":true`},
		{args: "mic toggle", did: `microphone c1 false`, out: `{"ok":true,"on":false}`},
		{args: "camera on", did: `camera c1 true`, out: `{"ok":true,"on":true}`},
		{args: "invite bob --title T --no-camera --muted", did: `invite [bob] video=false call="" data="" timeout=0s camera=false microphone=false notification={Title:T Message: Resource:}`, out: `{"ok":true`},
		{args: "invite bob --hold", did: `invite [bob] video=false call="" data="" timeout=0s current=1`, out: `{"ok":true`},
		{args: "accept --end --camera", did: `accept i1 "" camera=true microphone=- current=2`, out: `{"ok":true`},
		{args: "join room --take --hold", did: `join room video=false microphone=- take=true current=1`, out: `{"ok":true`},
		{args: "cancel cyd --data sorry", did: `cancel c1 [cyd] "sorry"`, out: `{"ok":true`},
		{args: "silence i1", did: `silence i1`, out: `{"ok":true`},
		{args: "dismiss c4", did: `dismiss c4`, out: `{"ok":true`},
		{args: "hold c1", did: `hold c1 true`, out: `{"ok":true,"call":"c1"}`},
		{args: "swap", code: 1, out: `{"ok":false,"error":{"code":"not-in-call","message":"no call is held"`},
		{args: "history --before 2026-05-04T12:00:00Z --limit 3", did: `history 1777896000 3`, out: `{"ok":true,"entries":[{"id":"h1"`},
		{args: "forget h1 h2", did: `forget [h1 h2]`, out: `{"ok":true`},
		{args: "forget --all", did: `forget []`, out: `{"ok":true`},
		{args: "forget", code: 1, out: `{"ok":false,"error":{"code":"bad-request"`},
		{args: "dialback h1 --end", did: `dial back h1 current=2`, out: `{"ok":true,"call":"room"`},
		{args: "devicecode", did: `device code`, out: `{"ok":true,"code":"ABCD-EFGH"`},
		{args: "output", out: `{"ok":true,"output":{"route":"headphone"`},
		{args: "output headphones", did: `switch to speaker false`, out: `{"ok":true}`},
		{args: "output box s0", code: 2, err: `"s0" is too much`},
		{args: "devices", out: `{"ok":true,"devices":[`},
		{args: "prefer do-not-disturb on", did: `prefer do-not-disturb true`, out: `{"ok":true,"on":true}`},
		{args: "minimize", did: `minimize`, out: `{"ok":true`},
		{args: "show --accept c7", did: `show ""; accept early c7`, out: `{"ok":true}`},
		{args: "dialback", code: 2, err: "name the entry"},
		{args: "prefer tea on", code: 2, err: `field "preference"`},
		{args: "prefer call-waiting", code: 2, err: "on, off or toggle"},
		{args: "history --before noon", code: 2, err: "-before"},
		{args: "show parley:server/h", did: `show "parley:server/h"`, out: `{"ok":true}`},

		{args: "hangup nope", code: 1, out: `{"ok":false,"error":{"code":"not-in-call"`},
		{args: "share screen --sound", did: `share c1 "" (0,0)-(0,0)  sound=true`, out: `{"ok":true,"call":"c1"}`},
		{args: "share screen right --motion", did: `share c1 "s2" (0,0)-(0,0) motion sound=false`, out: `{"ok":true,"call":"c1"}`},
		{args: "share window inbox --text --call c1", did: `share c1 "w1" (0,0)-(0,0) text sound=false`, out: `{"ok":true,"call":"c1"}`},
		{args: "share region 10,20,640,360 s1", did: `share c1 "s1" (10,20)-(650,380)  sound=false`, out: `{"ok":true,"call":"c1"}`},
		{args: "share stop", did: `stop share c1`, out: `{"ok":true,"call":"c1"}`},
		{args: "share resume", did: `pause share c1 false`, out: `{"ok":true,"call":"c1"}`},
		{args: "share list", out: `{"ok":true,"surfaces":[{"id":"s1","label":"Left","kind":"screen","x":0,"y":0,"width":1920,"height":1080},`},
		{args: "share window mail", code: 1, out: `{"ok":false,"error":{"code":"ambiguous","message":"2 windows are called`},
		{args: "share screen mail", code: 1, out: `{"ok":false,"error":{"code":"no-surface"`},
		{args: "share window", code: 2, err: "name the window"},
		{args: "share region 1,2,3", code: 2, err: "want X,Y,W,H"},
		{args: "share region 1,2,3,4,5", code: 2, err: "want X,Y,W,H"},
		{args: "share dance", code: 2, err: `field "what"`},
		{args: "share stop now", code: 2, err: `"now" is too much`},
		{args: "mic off bob", out: `{"ok":true,"on":false}`, did: "microphone c1 false of [bob]"},
		{args: "mic off eve", code: 1, out: `{"ok":false,"error":{"code":"unknown"`},
		{args: "kick bob,cyd --call c1", out: `{"ok":true,"call":"c1"}`, did: "remove c1 [bob cyd]"},
		{args: "refuse c1 c2", code: 2, err: `"c2" is too much`},
		{args: "kick", code: 2, err: "name who is to be removed"},
		{args: "chat hi all", out: `{"ok":true,"message":"m1"}`, did: `say c1 "hi all"`},
		{args: "chat", code: 2, err: "say something"},

		{args: "", code: 2, err: "usage: parley ctl"},
		{args: "dance", code: 2, err: `no verb "dance"`},
		{args: "invite", code: 2, err: "name the people to call"},
		{args: "invite bob --vidoe", code: 2, err: "-vidoe"},
		{args: "invite bob --timeout soon", code: 2, err: "-timeout"},
		{args: "invite bob --timeout 1ms", code: 2, err: `field "timeout"`},
		{args: "mic", code: 2, err: "on, off or toggle"},
		{args: "mic loud", code: 2, err: `field "set"`},
		{args: "join", code: 2, err: "name the call"},
		{args: "status now", code: 2, err: `"now" is too much`},
		{args: "--profile", code: 2, err: "name a directory"},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			t.Parallel()
			f := newFake()
			dir, _ := served(t, f)
			var out, errs bytes.Buffer
			if code := Run(strings.Fields(tt.args), dir, &out, &errs); code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			if !strings.HasPrefix(out.String(), tt.out) || !strings.Contains(errs.String(), tt.err) {
				t.Errorf("stdout %q, stderr %q", out.String(), errs.String())
			}
			if n := strings.Count(out.String(), "\n"); tt.code < 2 && n != 1 || tt.code >= 2 && n != 0 {
				t.Errorf("%d lines on stdout", n)
			}
			if f.log() != tt.did {
				t.Errorf("did %q, want %q", f.log(), tt.did)
			}
		})
	}
}

func TestRunWithoutApp(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	if code := Run([]string{"status"}, t.TempDir(), &out, &errs); code != 3 || out.Len() != 0 || !strings.Contains(errs.String(), "no Parley runs") {
		t.Errorf("code %d, stdout %q, stderr %q", code, out.String(), errs.String())
	}
}

// TestShowOfAnEndingApp checks that a new start does not hand its link to an app that is about to go.
func TestShowOfAnEndingApp(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.err = &engine.Error{Op: "show", Err: engine.ErrClosed}
	dir, _ := served(t, f)
	if err := Show(t.Context(), dir, "parley:x", ""); !errors.Is(err, ErrNotRunning) {
		t.Errorf("error %v", err)
	}
	f.err = errors.New("odd")
	if err := Show(t.Context(), dir, "parley:x", ""); err == nil || errors.Is(err, ErrNotRunning) {
		t.Errorf("error %v", err)
	}
}

func TestRunNamesTheProfile(t *testing.T) {
	t.Parallel()
	dir, _ := served(t, newFake())
	for _, args := range [][]string{{"--profile", dir, "status"}, {"-profile=" + dir, "status"}} {
		if code := Run(args, t.TempDir(), io.Discard, io.Discard); code != 0 {
			t.Errorf("%q: exit code %d", args, code)
		}
	}
}

func TestRunHelp(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if code := Run([]string{"help"}, "", &out, io.Discard); code != 0 || !strings.Contains(out.String(), "invite USER") {
		t.Errorf("code %d: %s", code, out.String())
	}
}

// TestRunQuit checks that the client comes back only when the app has closed its socket.
func TestRunQuit(t *testing.T) {
	t.Parallel()
	f := newFake()
	dir, s := served(t, f)
	code := make(chan int, 1)
	go func() { code <- Run([]string{"quit"}, dir, io.Discard, io.Discard) }()
	until(t, func() string {
		if f.log() != "quit" {
			return "not asked to quit"
		}
		return ""
	})
	select {
	case c := <-code:
		t.Fatalf("exit code %d before the app had gone", c)
	default:
	}
	s.Close()
	if c := <-code; c != 0 {
		t.Errorf("exit code %d", c)
	}
}

func TestRunWatch(t *testing.T) {
	t.Parallel()
	f := newFake()
	dir, s := served(t, f)
	r, w := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- Run([]string{"watch"}, dir, w, io.Discard)
		w.Close()
	}()
	out := make([]byte, maxLine)
	n, err := r.Read(out)
	if err != nil || !strings.HasPrefix(string(out[:n]), `{"event":"watching"`) {
		t.Fatalf("%q, %v", out[:n], err)
	}
	f.emit(engine.Event{Type: engine.CallStarted, Call: "c"})
	if n, err = r.Read(out); err != nil || !strings.HasPrefix(string(out[:n]), `{"event":"call-started"`) {
		t.Fatalf("%q, %v", out[:n], err)
	}
	s.Close()
	if _, err := r.Read(out); !errors.Is(err, io.EOF) {
		t.Errorf("after Close: %v", err)
	}
	if c := <-code; c != 0 {
		t.Errorf("exit code %d", c)
	}
}
