package signal

import (
	"errors"
	"strings"
	"testing"
)

func TestParseLink(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, back string // back: as Parley writes it; empty: the same
		want       Link
	}{
		{text: "parley:call/ana", want: CallLink{User: "ana"}},
		{text: "parley:call/ana?video=1", want: CallLink{User: "ana", Video: true}},
		{text: " PARLEY:CALL/ana?video=0\n", back: "parley:call/ana", want: CallLink{User: "ana"}},
		{text: "parley:call/ana%20%26%20co%2Flondon%3F", want: CallLink{User: "ana & co/london?"}, back: "parley:call/ana%20&%20co%2Flondon%3F"},
		{text: "parley:call/J%C3%BCrgen%20%E7%8E%8B", want: CallLink{User: "Jürgen 王"}},
		{text: "parley:call/Jürgen", back: "parley:call/J%C3%BCrgen", want: CallLink{User: "Jürgen"}},
		{text: "parley:call/a+b", want: CallLink{User: "a+b"}},
		{text: "parley:join/standup?video=1", want: JoinLink{Call: "standup", Video: true}},
		{text: "parley:join/call-0f3c", want: JoinLink{Call: "call-0f3c"}},
		{text: "parley:server/h:7?code=x", want: Address{Host: "h", Port: 7, JoinCode: "x"}},
	} {
		got, err := ParseLink(c.text)
		if err != nil || got != c.want {
			t.Errorf("ParseLink(%q) = %+v, %v; want %+v", c.text, got, err, c.want)
			continue
		}
		back := c.back
		if back == "" {
			back = c.text
		}
		if got.Link() != back {
			t.Errorf("%q is written as %q, want %q", c.text, got.Link(), back)
		}
	}
}

func TestParseLinkRefuses(t *testing.T) {
	t.Parallel()
	for text, field := range map[string]string{
		"":                                    "link",
		"https://example.org/parley:call/ana": "link",
		"parley":                              "link",
		"parley:call/" + strings.Repeat("a", 2000): "link",
		"parley:call/":                            "user",
		"parley:call":                             "user",
		"parley:call/" + strings.Repeat("a", 65):  "user",
		"parley:call/%zz":                         "user",
		"parley:call/%ff":                         "user",
		"parley:call/a%0Ab":                       "user",
		"parley:call/a%00":                        "user",
		"parley:call/%E2%80%AEana":                "user", // turns the letters round
		"parley:call/ana%20":                      "user",
		"parley:call/ana?video=2":                 "video",
		"parley:call/ana?video=1&video=1":         "video",
		"parley:call/ana?accept=1":                "video",
		"parley:join/":                            "call",
		"parley:join/" + strings.Repeat("c", 129): "call",
		"parley:join/a%1Bb":                       "call",
		"parley:server":                           "host",
		"parley:server/":                          "host",
		"parley:server/h?password=x":              "password",
	} {
		l, err := ParseLink(text)
		var wrong *AddressError
		if !errors.As(err, &wrong) || wrong.Field != field {
			t.Errorf("ParseLink(%q) = %v, %v; want one about %q", text, l, err, field)
		}
	}
	for _, text := range []string{"parley:", "parley:quit", "parley:accept/call-1", "parley://call/ana", "parley:ctl/hangup"} {
		if l, err := ParseLink(text); !errors.Is(err, ErrUnknownLink) {
			t.Errorf("ParseLink(%q) = %v, %v; want that it is unknown", text, l, err)
		}
	}
}

func FuzzParseLink(f *testing.F) {
	for _, text := range []string{"parley:call/ana?video=1", "parley:join/a%20b", "parley:server/[::1]:7?code=a%26b", "parley:x", "PARLEY:call/%"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := ParseLink(text)
		if err != nil {
			return
		}
		again, err := ParseLink(l.Link())
		if err != nil || again != l {
			t.Errorf("%q became %+v, and %q, which reads as %+v, %v", text, l, l.Link(), again, err)
		}
	})
}
