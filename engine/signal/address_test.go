package signal

import (
	"errors"
	"strings"
	"testing"
)

const somePin = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"

func TestParseAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want Address
	}{
		{"example.org", Address{Host: "example.org", Port: 4455}},
		{"  Example.ORG:80\n", Address{Host: "example.org", Port: 80}},
		{"192.168.1.5:4456", Address{Host: "192.168.1.5", Port: 4456}},
		{"::1", Address{Host: "::1", Port: 4455}},
		{"[::1]", Address{Host: "::1", Port: 4455}},
		{"[2001:db8::7]:99", Address{Host: "2001:db8::7", Port: 99}},
		{"bücher.example:1", Address{Host: "bücher.example", Port: 1}},
		{"parley:server/ana-pc:4455", Address{Host: "ana-pc", Port: 4455}},
		{"PARLEY:server/ana-pc?code=a%26b+c", Address{Host: "ana-pc", Port: 4455, JoinCode: "a&b c"}},
		{"parley:server/[::1]:7?pin=" + somePin + "&code=x", Address{Host: "::1", Port: 7, Pin: somePin, JoinCode: "x"}},
		{"parley:server/h?user=ana+%26+co&device=k7pm-x2qw", Address{Host: "h", Port: 4455, User: "ana & co", DeviceCode: "k7pm-x2qw"}},
	} {
		got, err := ParseAddress(c.text)
		if err != nil || got != c.want {
			t.Errorf("ParseAddress(%q) = %+v, %v; want %+v", c.text, got, err, c.want)
		}
		again, err := ParseAddress(got.Link())
		if err != nil || again != got {
			t.Errorf("%q comes back as %+v, %v", got.Link(), again, err)
		}
	}
}

func TestParseAddressNamesTheField(t *testing.T) {
	t.Parallel()
	for text, field := range map[string]string{
		"":                                   "address",
		" ":                                  "address",
		strings.Repeat("a", 2000):            "address",
		"\xff":                               "address",
		"a:b:c":                              "address",
		"host:":                              "port",
		"host:0":                             "port",
		"host:65536":                         "port",
		"host:http":                          "port",
		":80":                                "host",
		"user@host:80":                       "host",
		"host/path":                          "host",
		"fe80::1%eth0":                       "address",
		"[fe80::1%eth0]:4455":                "host",
		strings.Repeat("a", 254):             "host",
		"parley:server/":                     "host",
		"parley:server/h?pin=short":          "pin",
		"parley:server/h?pin=" + somePin[1:]: "pin",
		"parley:server/h?code=a&code=b":      "code",
		"parley:server/h?code=" + strings.Repeat("x", 129):   "code",
		"parley:server/h?device=" + strings.Repeat("x", 129): "device",
		"parley:server/h?user=":                              "user",
		"parley:server/h?user=" + strings.Repeat("x", 65):    "user",
		"parley:server/h?user=%ff":                           "user",
		"parley:server/h?colour=red":                         "colour",
		"parley:server/h?code=%zz":                           "address",
	} {
		_, err := ParseAddress(text)
		var wrong *AddressError
		if !errors.As(err, &wrong) || wrong.Field != field {
			t.Errorf("ParseAddress(%q) = %v; want an error about the %s", text, err, field)
		}
	}
}

func TestAddressKeepsSecrets(t *testing.T) {
	t.Parallel()
	a := Address{Host: "h", Port: 1, JoinCode: "sesame", DeviceCode: "sesame"}
	if strings.Contains(a.String(), "sesame") {
		t.Errorf("%q tells a code", a.String())
	}
	for _, name := range []string{"code", "device"} {
		_, err := ParseAddress("parley:server/h?" + name + "=" + strings.Repeat("sesame", 30))
		if err == nil || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%v tells a code", err)
		}
	}
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{"localhost": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true, "192.168.0.1": false, "example.org": false} {
		if got := (Address{Host: host}).Loopback(); got != want {
			t.Errorf("%s: loopback %v", host, got)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{"h", "h:1", "[::1]:2", "::1", "parley:server/h:1?pin=" + somePin + "&code=x", "parley:server/?", "[", "a%", "parley:server/[::]:1?code=%26", "parley:server/h?user=a%00&device=-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseAddress(text)
		if err != nil {
			if _, ok := errors.AsType[*AddressError](err); !ok {
				t.Fatalf("%q: %T", text, err)
			}
			return
		}
		for _, form := range []string{a.Link(), a.String()} {
			again, err := ParseAddress(form)
			if err != nil || again.String() != a.String() {
				t.Fatalf("%q gives %+v, whose form %q gives %+v, %v", text, a, form, again, err)
			}
		}
		if again, err := ParseAddress(a.Link()); err != nil || again != a {
			t.Fatalf("%q gives %+v, whose link %q gives %+v, %v", text, a, a.Link(), again, err)
		}
	})
}
