package ctl

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine"
)

// served starts a server of a fake app with its own profile and returns the profile's directory.
func served(t *testing.T, f *fake) (string, *Server) {
	t.Helper()
	dir := t.TempDir()
	s, err := Serve(t.Context(), SocketPath(dir), f, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.process = func() process { return process{Goroutines: 80, Handles: 60, RSSMB: 150, CPUPercent: 40.1} }
	t.Cleanup(func() { s.Close() })
	return dir, s
}

func connect(t *testing.T, dir string) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c, bufio.NewReaderSize(c, maxLine)
}

func ask(t *testing.T, c net.Conn, r *bufio.Reader, line string) string {
	t.Helper()
	if _, err := fmt.Fprintln(c, line); err != nil {
		t.Fatal(err)
	}
	answer, err := r.ReadString('\n')
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return strings.TrimSpace(answer)
}

// TestAnswers is the contract: what a line is answered with, and what the app is asked to do.
func TestAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		app     func(*fake)
		line    string
		want    string
		wantDid string
	}{
		{name: "invite", line: `{"v":1,"do":"invite","to":["bob","cyd"],"video":true,"data":"hi","timeout":"90s","call":"room"}`,
			want:    `{"ok":true,"call":"room","invitees":[{"id":"bob","result":"ringing"},{"id":"cyd","result":"offline"}]}`,
			wantDid: `invite [bob cyd] video=true call="room" data="hi" timeout=1m30s`},
		{name: "accept the only ring", line: `{"v":1,"do":"accept","data":"yes"}`, want: `{"ok":true,"call":"c2"}`, wantDid: `accept i1 "yes" camera=- microphone=- current=0`},
		{name: "accept by name", line: `{"v":1,"do":"accept","invitation":"i7"}`, want: `{"ok":true,"call":"c2"}`, wantDid: `accept i7 "" camera=- microphone=- current=0`},
		{name: "reject", line: `{"v":1,"do":"reject","data":"later"}`, want: `{"ok":true}`, wantDid: `reject i1 "later"`},
		{name: "cancel all", line: `{"v":1,"do":"cancel"}`, want: `{"ok":true}`, wantDid: `cancel c1 [] ""`},
		{name: "cancel some", line: `{"v":1,"do":"cancel","to":["cyd"]}`, want: `{"ok":true}`, wantDid: `cancel c1 [cyd] ""`},
		{name: "join", line: `{"v":1,"do":"join","call":"room43","video":true}`, want: `{"ok":true,"call":"room43"}`, wantDid: `join room43 video=true microphone=- take=false current=0`},
		{name: "hang up the only call", line: `{"v":1,"do":"hangup"}`, want: `{"ok":true,"call":"c1"}`, wantDid: `hang up c1`},
		{name: "mic off", line: `{"v":1,"do":"mic","set":"off"}`, want: `{"ok":true,"on":false}`, wantDid: `microphone c1 false`},
		{name: "mic toggle", line: `{"v":1,"do":"mic","set":"toggle","user":"ana"}`, want: `{"ok":true,"on":false}`, wantDid: `microphone c1 false`},
		{name: "camera toggle", line: `{"v":1,"do":"camera","set":"toggle"}`, want: `{"ok":true,"on":true}`, wantDid: `camera c1 true`},
		{name: "camera on", line: `{"v":1,"do":"camera","set":"on","call":"c1"}`, want: `{"ok":true,"on":true}`, wantDid: `camera c1 true`},
		{name: "invite with everything", line: `{"v":1,"do":"invite","to":["bob"],"title":"T","message":"M","resource":"R","camera":false,"muted":true}`,
			want:    `{"ok":true,"call":"room","invitees":[{"id":"bob","result":"ringing"},{"id":"cyd","result":"offline"}]}`,
			wantDid: `invite [bob] video=false call="" data="" timeout=0s camera=false microphone=false notification={Title:T Message:M Resource:R}`},
		{name: "accept in place of the call", line: `{"v":1,"do":"accept","current":"end","camera":true,"muted":true}`,
			want: `{"ok":true,"call":"c2"}`, wantDid: `accept i1 "" camera=true microphone=false current=2`},
		{name: "take a call", line: `{"v":1,"do":"join","call":"c4","take":true,"current":"hold"}`, want: `{"ok":true,"call":"c4"}`,
			wantDid: `join c4 video=false microphone=- take=true current=1`},
		{name: "dismiss", line: `{"v":1,"do":"dismiss","call":"c4"}`, want: `{"ok":true}`, wantDid: `dismiss c4`},
		{name: "silence", line: `{"v":1,"do":"silence"}`, want: `{"ok":true}`, wantDid: `silence i1`},
		{name: "cancel with words", line: `{"v":1,"do":"cancel","to":["cyd"],"data":"sorry"}`, want: `{"ok":true}`, wantDid: `cancel c1 [cyd] "sorry"`},
		{name: "hold", line: `{"v":1,"do":"hold"}`, want: `{"ok":true,"call":"c1"}`, wantDid: `hold c1 true`},
		{name: "hold a held one", app: held, line: `{"v":1,"do":"hold"}`, want: `{"ok":true,"call":"c1"}`, wantDid: `hold c1 true`},
		{name: "resume", app: held, line: `{"v":1,"do":"resume"}`, want: `{"ok":true,"call":"c5"}`, wantDid: `hold c5 false`},
		{name: "resume by name", app: held, line: `{"v":1,"do":"resume","call":"c1"}`, want: `{"ok":true,"call":"c1"}`, wantDid: `hold c1 false`},
		{name: "swap", app: held, line: `{"v":1,"do":"swap"}`, want: `{"ok":true,"call":"c5"}`, wantDid: `hold c5 false`},
		{name: "nothing to swap", line: `{"v":1,"do":"swap"}`,
			want: `{"ok":false,"error":{"code":"not-in-call","message":"no call is held","hint":"Hold one first."}}`},
		{name: "history", line: `{"v":1,"do":"history","before":"2026-05-04T12:00:00Z","limit":5}`,
			want: `{"ok":true,"entries":[{"id":"h1","call":"c0","incoming":true,"by":{"id":"eve","name":"Eve"},"with":[{"id":"eve","name":"Eve"}],"video":false,` +
				`"at":"2026-05-04T11:00:00Z","over":"2026-05-04T11:01:00Z","answered":false,"missed":true,"lasted_ms":0,"state":"timeout","reason":"timeout","data":"hi"}],` +
				`"missed":1,"more":true}`, wantDid: `history 1777896000 5`},
		{name: "seen", line: `{"v":1,"do":"seen"}`, want: `{"ok":true}`, wantDid: `see history`},
		{name: "forget some", line: `{"v":1,"do":"forget","entries":["h1","h2"]}`, want: `{"ok":true}`, wantDid: `forget [h1 h2]`},
		{name: "forget all", line: `{"v":1,"do":"forget","all":true}`, want: `{"ok":true}`, wantDid: `forget []`},
		{name: "forget nothing", line: `{"v":1,"do":"forget","entries":[]}`, want: badRequest(`field "entries": name entries, or say "all"`)},
		{name: "dial back", line: `{"v":1,"do":"dialback","entries":["h1"]}`,
			want: `{"ok":true,"call":"room","invitees":[{"id":"eve","result":"ringing"}]}`, wantDid: `dial back h1 current=0`},
		{name: "dial back nothing", line: `{"v":1,"do":"dialback","entries":["h9"]}`,
			want: "{\"ok\":false,\"error\":{\"code\":\"no-entry\",\"message\":\"no entry \\\"h9\\\" among the newest\",\"hint\":\"`parley ctl history` lists them.\"}}"},
		{name: "device code", line: `{"v":1,"do":"devicecode"}`,
			want: `{"ok":true,"code":"ABCD-EFGH","expires":"2026-05-04T12:00:00Z","link":"parley:server/h?device=ABCD-EFGH"}`, wantDid: `device code`},
		{name: "output", line: `{"v":1,"do":"output"}`, want: `{"ok":true,"output":{"route":"headphone","label":"Head & Phone"},"speakers":[` +
			`{"id":"s0","label":"Box","kind":"speaker","default":true,"route":"speaker"},` +
			`{"id":"s1","label":"Head & Phone","kind":"speaker","route":"usb","headset":true,"group":"3","chosen":true},` +
			`{"id":"s2","label":"Monitor box","kind":"speaker","route":"other"}]}`},
		{name: "output by label", line: `{"v":1,"do":"output","output":"Box"}`, want: `{"ok":true}`, wantDid: `speaker "s0"`},
		{name: "output by a part of the label", line: `{"v":1,"do":"output","output":"phone"}`, want: `{"ok":true}`, wantDid: `speaker "s1"`},
		{name: "output by ID", line: `{"v":1,"do":"output","output":"s2"}`, want: `{"ok":true}`, wantDid: `speaker "s2"`},
		{name: "output of the system", line: `{"v":1,"do":"output","output":"default"}`, want: `{"ok":true}`, wantDid: `speaker ""`},
		{name: "loudspeaker", line: `{"v":1,"do":"output","output":"speaker"}`, want: `{"ok":true}`, wantDid: `switch to speaker true`},
		{name: "headphones", line: `{"v":1,"do":"output","output":"headphones"}`, want: `{"ok":true}`, wantDid: `switch to speaker false`},
		{name: "no such output", line: `{"v":1,"do":"output","output":"tv"}`,
			want: `{"ok":false,"error":{"code":"speaker-missing","message":"there is no speaker tv","hint":"There are: Box, Head & Phone, Monitor box"}}`},
		{name: "several outputs", line: `{"v":1,"do":"output","output":"bo"}`,
			want: `{"ok":false,"error":{"code":"ambiguous","message":"several speakers have that in their names","hint":"Name one of them: Box, Head & Phone, Monitor box"}}`},
		{name: "devices", line: `{"v":1,"do":"devices"}`, want: `{"ok":true,"devices":[{"id":"c","label":"Cam","kind":"camera"},` +
			`{"id":"s0","label":"Box","kind":"speaker","default":true,"route":"speaker"},` +
			`{"id":"s1","label":"Head & Phone","kind":"speaker","route":"usb","headset":true,"group":"3","chosen":true},` +
			`{"id":"s2","label":"Monitor box","kind":"speaker","route":"other"}]}`},
		{name: "prefer", line: `{"v":1,"do":"prefer","preference":"do-not-disturb","set":"toggle"}`, want: `{"ok":true,"on":true}`, wantDid: `prefer do-not-disturb true`},
		{name: "prefer the opposite", line: `{"v":1,"do":"prefer","preference":"call-waiting","set":"toggle"}`, want: `{"ok":true,"on":false}`, wantDid: `prefer call-waiting false`},
		{name: "minimize", line: `{"v":1,"do":"minimize"}`, want: `{"ok":true}`, wantDid: `minimize`},
		{name: "nothing to minimize", app: func(f *fake) {
			f.err = &engine.Error{Op: "minimize", Hint: "Start or accept a call first.", Err: engine.ErrNotInCall}
		}, line: `{"v":1,"do":"minimize"}`, wantDid: `minimize`,
			want: `{"ok":false,"error":{"code":"not-in-call","message":"minimize: engine: not in that call","hint":"Start or accept a call first."}}`},
		{name: "restore", line: `{"v":1,"do":"restore"}`, want: `{"ok":true}`, wantDid: `restore`},
		{name: "hide", line: `{"v":1,"do":"hide"}`, want: `{"ok":true}`, wantDid: `hide`},
		{name: "hide a call that goes on", app: func(f *fake) { f.err = &engine.Error{Op: "hide", Hint: "Hang up first.", Err: engine.ErrInCall} },
			line: `{"v":1,"do":"hide"}`, want: `{"ok":false,"error":{"code":"in-call","message":"hide: engine: the call goes on","hint":"Hang up first."}}`, wantDid: `hide`},
		{name: "show and accept", line: `{"v":1,"do":"show","accept":"c7"}`, want: `{"ok":true}`, wantDid: `show ""; accept early c7`},
		{name: "preference", line: `{"v":1,"do":"prefer","preference":"tea","set":"on"}`, want: badRequest(`field "preference": want "call-waiting" or "do-not-disturb"`)},
		{name: "current", line: `{"v":1,"do":"accept","current":"keep"}`, want: badRequest(`field "current": want "hold" or "end"`)},
		{name: "camera", line: `{"v":1,"do":"accept","camera":"on"}`, want: badRequest(`field "camera": want a JSON true or false, not a string`)},
		{name: "limit", line: `{"v":1,"do":"history","limit":1000}`, want: badRequest(`field "limit": at most 200`)},
		{name: "long title", line: `{"v":1,"do":"invite","to":["bob"],"title":"` + strings.Repeat("x", 257) + `"}`, want: badRequest(`field "title": at most 256 bytes`)},
		{name: "show", line: `{"v":1,"do":"show"}`, want: `{"ok":true}`, wantDid: `show ""`},
		{name: "show a link", line: `{"v":1,"do":"show","link":"parley:server/h:1"}`, want: `{"ok":true}`, wantDid: `show "parley:server/h:1"`},
		{name: "quit", line: `{"v":1,"do":"quit"}`, want: `{"ok":true}`, wantDid: `quit`},

		{name: "engine's error", app: func(f *fake) {
			f.err = &engine.Error{Op: "invite", Hint: "Try again when the other call is over.", Err: engine.ErrBusy}
		}, line: `{"v":1,"do":"invite","to":["bob"]}`,
			want:    `{"ok":false,"error":{"code":"busy","message":"invite: engine: busy in another call","hint":"Try again when the other call is over."}}`,
			wantDid: `invite [bob] video=false call="" data="" timeout=0s`},
		{name: "another error", app: func(f *fake) { f.err = errors.New("odd") }, line: `{"v":1,"do":"hangup"}`,
			want: `{"ok":false,"error":{"code":"failed","message":"odd"}}`, wantDid: `hang up c1`},
		{name: "no call", app: func(f *fake) { f.snapshot.Calls = nil }, line: `{"v":1,"do":"hangup"}`,
			want: `{"ok":false,"error":{"code":"not-in-call","message":"not in a call","hint":"Start or accept a call first."}}`},
		{name: "unknown call", line: `{"v":1,"do":"hangup","call":"c9"}`,
			want: "{\"ok\":false,\"error\":{\"code\":\"not-in-call\",\"message\":\"not in call \\\"c9\\\"\",\"hint\":\"`parley ctl status` lists the calls.\"}}"},
		{name: "two calls", app: func(f *fake) { f.snapshot.Calls = append(f.snapshot.Calls, engine.CallState{ID: "c5"}) }, line: `{"v":1,"do":"mic","set":"on"}`,
			want: "{\"ok\":false,\"error\":{\"code\":\"ambiguous\",\"message\":\"there are 2 calls\",\"hint\":\"Name the call, as `parley ctl status` lists it.\"}}"},
		{name: "nobody rings", app: func(f *fake) { f.snapshot.Incoming = nil }, line: `{"v":1,"do":"accept"}`,
			want: "{\"ok\":false,\"error\":{\"code\":\"no-invitation\",\"message\":\"nobody is calling\",\"hint\":\"Wait for a call; `parley ctl watch` tells when one comes.\"}}"},
		{name: "two ring", app: func(f *fake) { f.snapshot.Incoming = append(f.snapshot.Incoming, engine.Incoming{ID: "i2"}) }, line: `{"v":1,"do":"reject"}`,
			want: "{\"ok\":false,\"error\":{\"code\":\"ambiguous\",\"message\":\"2 people are calling\",\"hint\":\"Name the invitation, as `parley ctl status` lists it.\"}}"},
		{name: "fullscreen", line: `{"v":1,"do":"fullscreen","user":"bob","set":"on"}`, want: `{"ok":true,"on":true}`, wantDid: "fullscreen bob true"},
		{name: "window again", line: `{"v":1,"do":"fullscreen","user":"bob","set":"off"}`, want: `{"ok":true,"on":false}`, wantDid: "fullscreen bob false"},
		{name: "share", line: `{"v":1,"do":"share","what":"window","surface":"w1","style":"text","sound":true}`, want: `{"ok":true,"call":"c1"}`,
			wantDid: `share c1 "w1" (0,0)-(0,0) text sound=true`},
		{name: "share no region", line: `{"v":1,"do":"share","what":"region"}`, want: badRequest(`field "region": say which part, as X,Y,W,H`)},
		{name: "share in a style of its own", line: `{"v":1,"do":"share","what":"screen","style":"loud"}`, want: badRequest(`field "style": want "text" or "motion"`)},
		{name: "pause", line: `{"v":1,"do":"share","what":"pause"}`, want: `{"ok":true,"call":"c1"}`, wantDid: `pause share c1 true`},
		{name: "nothing to pause", app: func(f *fake) { f.snapshot.Calls[0].Share.On = false }, line: `{"v":1,"do":"share","what":"pause"}`,
			want: "{\"ok\":false,\"error\":{\"code\":\"no-share\",\"message\":\"nothing is shared\",\"hint\":\"`parley ctl share screen` shares the screen.\"}}"},
		{name: "mic of somebody else", line: `{"v":1,"do":"mic","set":"toggle","user":"bob"}`, want: `{"ok":true,"on":false}`, wantDid: `microphone c1 false of [bob]`},
		{name: "camera of somebody else", line: `{"v":1,"do":"camera","set":"on","user":"bob"}`, want: `{"ok":true,"on":true}`, wantDid: `camera c1 true of [bob]`},
		{name: "mic of oneself", line: `{"v":1,"do":"mic","set":"off","user":"ana"}`, want: `{"ok":true,"on":false}`, wantDid: `microphone c1 false`},
		{name: "mic of nobody", line: `{"v":1,"do":"mic","set":"off","user":"eve"}`,
			want: `{"ok":false,"error":{"code":"unknown","message":"\"eve\" is not in the call","hint":"` + "`parley ctl status` lists the members." + `"}}`},
		{name: "kick", line: `{"v":1,"do":"kick","to":["bob","cyd"]}`, want: `{"ok":true,"call":"c1"}`, wantDid: `remove c1 [bob cyd]`},
		{name: "kick nobody", line: `{"v":1,"do":"kick","to":[]}`, want: badRequest(`field "to": name at least one person`)},
		{name: "kick elsewhere", line: `{"v":1,"do":"kick","to":["bob"],"call":"c9"}`,
			want: `{"ok":false,"error":{"code":"not-in-call","message":"not in call \"c9\"","hint":"` + "`parley ctl status` lists the calls." + `"}}`},
		{name: "grant", app: askedToSpeak, line: `{"v":1,"do":"grant"}`, want: `{"ok":true,"call":"c1"}`, wantDid: "grant c1 true"},
		{name: "refuse", app: askedToSpeak, line: `{"v":1,"do":"refuse","call":"c1"}`, want: `{"ok":true,"call":"c1"}`, wantDid: "grant c1 false"},
		{name: "refuse nothing", app: func(f *fake) { f.snapshot.Calls[0].Asked = engine.Asked{} }, line: `{"v":1,"do":"refuse"}`,
			want: `{"ok":false,"error":{"code":"not-asked","message":"nobody asks to switch anything on","hint":"` + "`parley ctl status` says what is asked." + `"}}`},
		{name: "chat", line: `{"v":1,"do":"chat","text":"hi all"}`, want: `{"ok":true,"message":"m1"}`, wantDid: `say c1 "hi all"`},
		{name: "chat too long", line: `{"v":1,"do":"chat","text":"` + strings.Repeat("x", engine.MaxMessage+1) + `"}`, want: badRequest(`field "text": at most 4096 bytes`)},

		{name: "garbage", line: `\xff{]`, want: badRequest(`the line is not a JSON object`)},
		{name: "null", line: `null`, want: badRequest(`the line is not a JSON object`)},
		{name: "a list", line: `[1]`, want: badRequest(`the line is not a JSON object`)},
		{name: "no version", line: `{"do":"status"}`, want: badRequest(`field "v": missing`)},
		{name: "version 2", line: `{"v":2,"do":"status"}`, want: badRequest(`field "v": this app speaks version 1`)},
		{name: "no verb", line: `{"v":1}`, want: badRequest(`field "do": missing`)},
		{name: "wrong type", line: `{"v":1,"do":"invite","to":"bob"}`, want: badRequest(`field "to": want a JSON list of strings, not a string`)},
		{name: "missing field", line: `{"v":1,"do":"invite"}`, want: badRequest(`field "to": missing`)},
		{name: "nobody", line: `{"v":1,"do":"invite","to":[]}`, want: badRequest(`field "to": name at least one person`)},
		{name: "empty user", line: `{"v":1,"do":"invite","to":[""]}`, want: badRequest(`field "to": a user ID has 1 to 64 bytes of UTF-8, "" has not`)},
		{name: "foreign field", line: `{"v":1,"do":"hangup","to":["bob"]}`, want: badRequest(`field "to": hangup does not take it`)},
		{name: "unknown field", line: `{"v":1,"do":"hangup","cal":"c1"}`, want: badRequest(`field "cal": hangup does not take it`)},
		{name: "timeout", line: `{"v":1,"do":"invite","to":["bob"],"timeout":"1h"}`, want: badRequest(`field "timeout": between 1s and 10m0s`)},
		{name: "timeout unit", line: `{"v":1,"do":"invite","to":["bob"],"timeout":"60"}`, want: badRequest(`field "timeout": want a time such as "60s"`)},
		{name: "switch", line: `{"v":1,"do":"mic","set":"up"}`, want: badRequest(`field "set": want "on", "off" or "toggle"`)},
		{name: "long data", line: `{"v":1,"do":"reject","data":"` + strings.Repeat("x", 4097) + `"}`, want: badRequest(`field "data": at most 4096 bytes`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake()
			if tt.app != nil {
				tt.app(f)
			}
			dir, s := served(t, f)
			c, r := connect(t, dir)
			if got := ask(t, c, r, tt.line); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if err := s.Close(); err != nil { // whatever the line set off has happened now
				t.Error(err)
			}
			if got := f.log(); got != tt.wantDid {
				t.Errorf("did %q, want %q", got, tt.wantDid)
			}
		})
	}
}

// held gives the app a second call, which is held.
func held(f *fake) {
	f.snapshot.Calls = append(f.snapshot.Calls, engine.CallState{ID: "c5", Held: true})
}

func badRequest(message string) string {
	b, _ := json.Marshal(message)
	return `{"ok":false,"error":{"code":"bad-request","message":` + string(b) + `,"hint":"Send {\"v\":1,\"do\":VERB} and what the verb takes, on one line."}}`
}

func TestUnknownVerbNamesTheOthers(t *testing.T) {
	t.Parallel()
	dir, _ := served(t, newFake())
	c, r := connect(t, dir)
	got := ask(t, c, r, `{"v":1,"do":"dance"}`)
	if !strings.Contains(got, `field \"do\": no such verb; there are status, watch, stats, invite, accept, reject, silence, cancel`) {
		t.Error(got)
	}
}

// TestGolden holds the two long answers against the contract: fields may be added to them, but none may go or change its name.
func TestGolden(t *testing.T) {
	t.Parallel()
	dir, _ := served(t, newFake())
	for _, verb := range []string{"status", "stats"} {
		file, err := os.ReadFile(filepath.Join("testdata", verb+".json"))
		if err != nil {
			t.Fatal(err)
		}
		c, r := connect(t, dir)
		line := ask(t, c, r, `{"v":1,"do":"`+verb+`"}`)
		var got, want any
		if err := errors.Join(json.Unmarshal([]byte(line), &got), json.Unmarshal(file, &want)); err != nil {
			t.Fatal(err)
		}
		if why := lacks(got, want); why != "" {
			t.Errorf("%s: %s in %s", verb, why, line)
		}
	}
}

// lacks says where got does not hold what want does; objects of got may have more fields.
func lacks(got, want any) string {
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf(": %v, want an object", got)
		}
		for name, value := range want {
			if field, ok := object[name]; !ok {
				return "." + name + ": missing"
			} else if why := lacks(field, value); why != "" {
				return "." + name + why
			}
		}
		return ""
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return fmt.Sprintf(": %v, want %d elements", got, len(want))
		}
		for i := range want {
			if why := lacks(list[i], want[i]); why != "" {
				return fmt.Sprintf("[%d]%s", i, why)
			}
		}
		return ""
	}
	if got != want {
		return fmt.Sprintf(": %v, want %v", got, want)
	}
	return ""
}

// TestStatusOfAHeldCall checks that a held call is not taken for one in which something is heard, nor a lost one for held.
func TestStatusOfAHeldCall(t *testing.T) {
	t.Parallel()
	for phase, want := range map[engine.Phase]engine.Phase{engine.Live: "held", engine.Rejoining: engine.Rejoining} {
		f := newFake()
		f.snapshot.Calls[0].Phase, f.snapshot.Calls[0].Held = phase, true
		if got := newStatus(f).Calls[0]; got.State != want || !got.Held {
			t.Errorf("%s: %+v", phase, got)
		}
	}
}

// TestStatusOfNothing checks that lists are never null and that no time is invented.
func TestStatusOfNothing(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.snapshot = &engine.Snapshot{Connection: engine.Connection{State: engine.Offline}}
	dir, _ := served(t, f)
	c, r := connect(t, dir)
	want := `{"ok":true,"user":{"id":"","name":""},"connection":"offline","server":"","people":[],"incoming":[],"calls":[],"joinable":[],` +
		`"microphone":false,"camera":false,"output":{"route":"other","label":""},"mini":"calling","fullscreen":"","missed":0,"history":0,` +
		`"preferences":{"call_waiting":false,"do_not_disturb":false,"ring_volume":0}}`
	if got := ask(t, c, r, `{"v":1,"do":"status"}`); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := ask(t, c, r, `{"v":1,"do":"stats"}`); !strings.HasPrefix(got, `{"ok":true,"calls":[],"process":{"goroutines":80,`) {
		t.Error(got)
	}
}

func TestOneConnectionManyLines(t *testing.T) {
	t.Parallel()
	f := newFake()
	dir, s := served(t, f)
	c, r := connect(t, dir)
	for _, line := range []string{"", "nonsense", `{"v":1,"do":"mic","set":"off"}`} {
		if line != "" {
			ask(t, c, r, line)
		} else if _, err := fmt.Fprintln(c); err != nil {
			t.Fatal(err)
		}
	}
	// A last line without a newline counts too.
	if _, err := fmt.Fprint(c, `{"v":1,"do":"hangup"}`); err != nil {
		t.Fatal(err)
	}
	if err := c.(*net.UnixConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if answer, err := r.ReadString('\n'); err != nil || answer != `{"ok":true,"call":"c1"}`+"\n" {
		t.Fatalf("%q, %v", answer, err)
	}
	if _, err := r.ReadByte(); err == nil {
		t.Error("the connection went on after our side was closed")
	}
	s.Close()
	if got, want := f.log(), "microphone c1 false; hang up c1"; got != want {
		t.Errorf("did %q, want %q", got, want)
	}
}

func TestOversizeLine(t *testing.T) {
	t.Parallel()
	dir, _ := served(t, newFake())
	c, r := connect(t, dir)
	go func() { _, _ = c.Write(bytes.Repeat([]byte("x"), maxLine+1)) }() // the server may close before it has read everything
	line, err := r.ReadString('\n')
	if err != nil || !strings.Contains(line, `"code":"too-long"`) {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := r.ReadByte(); err == nil {
		t.Error("the connection stayed open")
	}
}

func TestTooManyConnections(t *testing.T) {
	t.Parallel()
	dir, _ := served(t, newFake())
	for range maxConnections {
		c, r := connect(t, dir)
		ask(t, c, r, `{"v":1,"do":"stats"}`) // it is admitted when it is answered
	}
	_, r := connect(t, dir)
	line, err := r.ReadString('\n')
	if err != nil || !strings.Contains(line, `"code":"too-many"`) {
		t.Fatalf("%q, %v", line, err)
	}
}

func TestSocketIsPrivate(t *testing.T) {
	t.Parallel()
	dir, s := served(t, newFake())
	info, err := os.Stat(SocketPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		t.Errorf("mode %v", info.Mode())
	}
	s.Close()
	if _, err := os.Stat(SocketPath(dir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("socket after Close: %v", err)
	}
}

func TestServeReplacesDeadSocket(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: SocketPath(dir), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false) // as SIGKILL leaves it
	l.Close()
	s, err := Serve(t.Context(), SocketPath(dir), newFake(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := Show(t.Context(), dir, "", ""); err != nil {
		t.Error(err)
	}
	s.Close()
	if err := Show(t.Context(), dir, "", ""); !errors.Is(err, ErrNotRunning) {
		t.Errorf("after Close: %v", err)
	}
}

func TestLongProfilePath(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), strings.Repeat("profile/", 20))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if p := SocketPath(dir); len(p) > maxPath || p != SocketPath(dir+"/.") || p == SocketPath(filepath.Dir(dir)) {
		t.Fatalf("path %q", p)
	}
	f := newFake()
	s, err := Serve(t.Context(), SocketPath(dir), f, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := Show(t.Context(), dir, "parley:x", ""); err != nil {
		t.Error(err)
	}
	if f.log() != `show "parley:x"` {
		t.Error(f.log())
	}
}

func TestCloseEndsEverything(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	f := newFake()
	dir := t.TempDir()
	s, err := Serve(ctx, SocketPath(dir), f, nil)
	if err != nil {
		t.Fatal(err)
	}
	idle, ri := connect(t, dir)
	ask(t, idle, ri, `{"v":1,"do":"stats"}`)
	watching, rw := connect(t, dir)
	ask(t, watching, rw, `{"v":1,"do":"watch"}`)
	cancel() // as good as Close
	for _, r := range []*bufio.Reader{ri, rw} {
		if b, err := r.ReadByte(); err == nil {
			t.Errorf("got %q instead of the end", b)
		}
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if n := f.subscribers(); n != 0 {
		t.Errorf("%d subscriptions left", n)
	}
}

func askedToSpeak(f *fake) {
	f.snapshot.Calls[0].Asked = engine.Asked{By: engine.User{ID: "bob"}, Microphone: true}
}
