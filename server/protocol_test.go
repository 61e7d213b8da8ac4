package server

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/parley-calls/parley/engine/signal"
)

// TestProtocolPage plays the conversation of docs/protocol.md against a real switchboard with a client that knows nothing but NATS and
// JSON: what it sends is what the page shows, and what it hears must be what the page shows, field by field.
func TestProtocolPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, Options{NoEcho: true})
	second := map[string]*stranger{}
	for _, user := range []string{"ana", "bob"} {
		second[user] = newStranger(t, s, user)
	}
	bob := second["bob"]
	bob.enrol(t, object(t, `{"key": "U…", "user": {"id": "bob", "name": "Bob"}, "box": "X…"}`))
	bob.connect(t)
	bob.ask(t, "hello", object(t, `{"device": "b1", "name": "Bob", "version": 1}`))

	step := regexp.MustCompile("(?m)^<!-- (ana|bob|answer|refused)(?: (sends|tells|hears) (\\w+))? -->\n```json\n((?s:.*?))```\n")
	asked := map[string]bool{}
	var answer any
	for _, m := range step.FindAllStringSubmatch(string(page), -1) {
		who, does, what, shown := second[m[1]], m[2], m[3], object(t, m[4])
		switch {
		case m[1] == "answer" || m[1] == "refused":
			if why := differs(shown, answer); why != "" {
				t.Errorf("the page shows the answer\n%s\nand it is\n%s\n%s", text(shown), text(answer), why)
			}
		case does == "sends" && what == "enrol":
			answer = who.enrol(t, shown)
			who.connect(t)
		case does == "sends":
			asked[what] = true
			answer = who.ask(t, what, shown)
			if !strings.Contains(string(page), "<!-- "+m[1]+" sends "+what+" -->\n```json\n"+m[4]+"```\n\n<!-- refused -->") && refusedWith(answer) != nil {
				t.Errorf("%s %s was refused: %v", what, text(shown), refusedWith(answer))
			}
		case does == "tells":
			who.publish(t, "rt."+second[what].token+"."+who.token+".link", shown)
			second[what].hear(t, "rt."+second[what].token+"."+who.token+".link", shown)
		case does == "hears":
			who.hear(t, "user."+who.token+"."+what, shown)
		}
	}
	for verb := range verbs {
		if !asked[string(verb)] {
			t.Errorf("the page does not show how to ask %s", verb)
		}
	}
}

// stranger is a client of a second implementation.
type stranger struct {
	url, token string
	key        nkeys.KeyPair // of the device
	jwt        string
	nc         *nats.Conn
	heard      chan *nats.Msg
	seen       map[string]any // the last answer to each verb
}

func newStranger(t *testing.T, s *Server, user string) *stranger {
	t.Helper()
	key, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	return &stranger{
		url: "nats://" + s.Address().String(), token: signal.UserID(user).Token(), key: key, heard: make(chan *nats.Msg, 256), seen: map[string]any{},
	}
}

func (c *stranger) enrol(t *testing.T, request any) any {
	t.Helper()
	box, err := nkeys.CreateCurveKeys()
	if err != nil {
		t.Fatal(err)
	}
	public, _ := box.PublicKey()
	request.(map[string]any)["box"] = public
	nc, err := nats.Connect(c.url, nats.CustomInboxPrefix("_INBOX.enrol"))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	m, err := nc.Request("enrol.request", []byte(text(c.fill(request, ""))), 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	var sealed struct {
		Key string
		Box []byte
	}
	if err := json.Unmarshal(m.Data, &sealed); err != nil {
		t.Fatal(err)
	}
	plain, err := box.Open(sealed.Box, sealed.Key)
	if err != nil {
		t.Fatal(err)
	}
	answer := object(t, string(plain))
	c.jwt, _ = answer.(map[string]any)["token"].(string)
	return answer
}

func (c *stranger) connect(t *testing.T) {
	t.Helper()
	var err error
	c.nc, err = nats.Connect(c.url, nats.CustomInboxPrefix("_INBOX."+c.token),
		nats.UserJWT(func() (string, error) { return c.jwt, nil }, c.key.Sign))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.nc.Close)
	for _, subject := range []string{"user." + c.token + ".>", "rt." + c.token + ".*.*"} {
		if _, err := c.nc.ChanSubscribe(subject, c.heard); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.nc.Flush(); err != nil {
		t.Fatal(err)
	}
}

func (c *stranger) ask(t *testing.T, verb string, request any) any {
	t.Helper()
	m, err := c.nc.Request("svc."+c.token+"."+verb, []byte(text(c.fill(request, ""))), 10*time.Second)
	if err != nil {
		t.Fatalf("%s: %v", verb, err)
	}
	c.seen[verb] = object(t, string(m.Data))
	return c.seen[verb]
}

func (c *stranger) publish(t *testing.T, subject string, v any) {
	t.Helper()
	if err := c.nc.Publish(subject, []byte(text(v))); err != nil {
		t.Fatal(err)
	}
}

// hear waits for a message that is as it is shown; others may come before it.
func (c *stranger) hear(t *testing.T, subject string, shown any) {
	t.Helper()
	why := "nothing came"
	for wait := time.After(15 * time.Second); ; {
		select {
		case m := <-c.heard:
			if m.Subject != subject {
				continue
			}
			came := object(t, string(m.Data))
			if why = differs(shown, came); why == "" {
				return
			}
			why += "\n" + text(came)
		case <-wait:
			t.Fatalf("on %s the page shows\n%s\n%s", subject, text(shown), why)
		}
	}
}

// fill puts in what is not the same each time.
func (c *stranger) fill(v any, name string) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, f := range v {
			out[k] = c.fill(f, k)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, f := range v {
			out[i] = c.fill(f, name)
		}
		return out
	case string:
		switch {
		case !strings.HasSuffix(v, "…"):
		case name == "key":
			public, _ := c.key.PublicKey()
			return public
		case name == "ids":
			return c.seen["history"].(map[string]any)["entries"].([]any)[0].(map[string]any)["id"]
		}
	}
	return v
}

// differs says where what came is not what is shown, but for times, for texts that end with "…", and for counts that differ each time.
func differs(shown, came any) string {
	switch shown := shown.(type) {
	case map[string]any:
		other, ok := came.(map[string]any)
		if !ok {
			return fmt.Sprintf("%v is no object", came)
		}
		for _, k := range slices.Sorted(maps.Keys(other)) {
			if _, ok := shown[k]; !ok {
				return k + " is not shown"
			}
		}
		for _, k := range slices.Sorted(maps.Keys(shown)) {
			of, ok := other[k]
			if !ok {
				return k + " did not come"
			}
			if k == "revision" || k == "lasted" || k == "presence" { // of a record, of a short call, and of a moment
				if fmt.Sprintf("%T", of) != fmt.Sprintf("%T", shown[k]) {
					return fmt.Sprintf("%s is %v", k, of)
				}
				continue
			}
			if why := differs(shown[k], of); why != "" {
				return k + ": " + why
			}
		}
	case []any:
		other, ok := came.([]any)
		if !ok && came != nil || len(other) != len(shown) {
			return fmt.Sprintf("%v are not %d", came, len(shown))
		}
		for _, v := range shown {
			var why string
			if !slices.ContainsFunc(other, func(o any) bool { why = differs(v, o); return why == "" }) {
				return why
			}
		}
	case string:
		other, ok := came.(string)
		start, open := strings.CutSuffix(shown, "…")
		_, isTime := time.Parse(time.RFC3339Nano, shown)
		_, wasTime := time.Parse(time.RFC3339Nano, other)
		if !ok || other != shown && !(open && strings.HasPrefix(other, start)) && !(isTime == nil && wasTime == nil) {
			return fmt.Sprintf("%q is not %q", came, shown)
		}
	default:
		if shown != came {
			return fmt.Sprintf("%v is not %v", came, shown)
		}
	}
	return ""
}

func object(t *testing.T, data string) any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(data), &v); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return v
}

func text(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

func refusedWith(answer any) any {
	return answer.(map[string]any)["error"]
}
