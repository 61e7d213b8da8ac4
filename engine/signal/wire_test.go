package signal

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	var h Hello
	if err := Decode([]byte(` {"device":"d","name":"Ana","version":1,"hat":"new"} `), &h); err != nil || h.Device != "d" {
		t.Errorf("a newer message: %+v, %v", h, err)
	}
	for _, bad := range []string{"", "{", `{"device":1}`, `{}{}`, `{} x`, `[]`, `{"device":"d"`} {
		if err := Decode([]byte(bad), &Hello{}); !errors.Is(err, ErrMalformed) {
			t.Errorf("Decode(%q) = %v", bad, err)
		}
	}
	long := `"` + strings.Repeat("x", MaxReply) + `"`
	if err := Decode([]byte(long), new(string)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a long message: %v", err)
	}
	if _, err := Encode(long); !errors.Is(err, ErrTooLarge) {
		t.Errorf("to send a long message: %v", err)
	}
}

func TestDecodeAnswer(t *testing.T) {
	t.Parallel()
	var reply CallReply
	if err := DecodeAnswer([]byte(`{"call":{"id":"c","revision":3,"parties":[]}}`), &reply); err != nil || reply.Call.Revision != 3 {
		t.Errorf("%+v, %v", reply, err)
	}
	err := DecodeAnswer([]byte(`{"error":{"code":"expired","message":"too late"}}`), &reply)
	if !errors.Is(err, &Error{Code: CodeExpired}) || errors.Is(err, &Error{Code: CodeBusy}) {
		t.Errorf("a refusal: %v", err)
	}
}

func FuzzDecodeAnswer(f *testing.F) {
	f.Add([]byte(`{"error":{"code":"expired","message":"x"}}`))
	f.Add([]byte(`{"people":[{"id":"ana","name":"Ana","presence":"online"}],"calls":[{"id":"c","created":"2026-01-02T03:04:05Z","parties":[{"id":"ana","state":"joined","since":"2026-01-02T03:04:05Z"}]}]}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var reply SyncReply
		if err := DecodeAnswer(data, &reply); err != nil {
			return
		}
		again, err := json.Marshal(reply)
		if err != nil {
			return // a time beyond the year 9999 can be read but not written
		}
		if err := DecodeAnswer(again, &SyncReply{}); err != nil && len(again) <= MaxReply {
			t.Fatalf("%q was understood, but not what it says: %v", data, err)
		}
	})
}

func FuzzDeliver(f *testing.F) {
	me, ana := UserID("bob").Token(), UserID("ana").Token()
	f.Add("user."+me+".call", []byte(`{"id":"c","parties":[]}`))
	f.Add("user."+me+".person", []byte(`{"id":"ana","presence":"online"}`))
	f.Add("user."+me+".history", []byte(`{}`))
	f.Add("rt."+me+"."+ana+".link", []byte(`{"call":"c","from":"d1","to":"d2","body":"AQI="}`))
	f.Add("rt."+me+".*.link", []byte(`{}`))
	f.Fuzz(func(t *testing.T, subject string, data []byte) {
		c := &Conn{o: Options{Device: "d2", Handlers: Handlers{
			OnCall: func(Call) {}, OnPerson: func(Person) {}, OnHistory: func() {},
			OnPeer: func(from UserID, m PeerMessage) {
				if from.Check() != nil || m.Call == "" || m.From == "" || m.To != "" && m.To != "d2" {
					t.Fatalf("%q from %q was let through: %+v", data, from, m)
				}
			},
		}}}
		_ = c.deliver(subject, data) // may refuse, must not fail otherwise
	})
}

func FuzzUserToken(f *testing.F) {
	f.Add("ana", "mfxgc")
	f.Add("*.>", "")
	f.Fuzz(func(t *testing.T, id, token string) {
		if u := UserID(id); u.Check() == nil {
			if strings.ContainsAny(u.Token(), ".*> \t") || u.Token() == "" {
				t.Fatalf("%q is no harmless token", u.Token())
			}
			if back, err := ParseUserToken(u.Token()); err != nil || back != u {
				t.Fatalf("%q comes back as %q, %v", u, back, err)
			}
		}
		if u, err := ParseUserToken(token); err == nil && (u.Token() != token || !utf8.ValidString(string(u))) {
			t.Fatalf("%q is a token of %q, which has %q", token, u, u.Token())
		}
	})
}

func TestSeal(t *testing.T) {
	t.Parallel()
	mine, err := newBox()
	if err != nil {
		t.Fatal(err)
	}
	data, err := Seal(mine.public, EnrolReply{Token: "secret"})
	if err != nil || strings.Contains(string(data), "secret") {
		t.Fatalf("%s, %v", data, err)
	}
	plain, err := mine.open(data)
	if err != nil || !strings.Contains(string(plain), "secret") {
		t.Fatalf("%s, %v", plain, err)
	}
	other, err := newBox()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.open(data); !errors.Is(err, ErrMalformed) {
		t.Errorf("somebody else opens it: %v", err)
	}
	if _, err := Seal("U123", Empty{}); !errors.Is(err, ErrMalformed) {
		t.Errorf("sealed to no key: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	mine, err := newBox()
	if err != nil {
		f.Fatal(err)
	}
	good, err := Seal(mine.public, Empty{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"key":"X","box":""}`))
	f.Add([]byte(`{"key":"` + mine.public + `","box":"eGt2MQ=="}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if plain, err := mine.open(data); err == nil && string(plain) != "{}" {
			t.Fatalf("%q opened to %q", data, plain)
		}
	})
}
