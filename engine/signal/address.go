package signal

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// DefaultPort is the port of a switchboard when an address names none.
const DefaultPort = 4455

// linkPrefix starts an invite link: parley:server/HOST:PORT?pin=…&code=…, and for one more device of a user …&user=…&device=…
const linkPrefix = linkScheme + "server/"

// The bounds of what a person may paste.
const (
	maxAddress = 1024
	maxHost    = 253 // RFC 1035, section 2.3.4
	maxCode    = 128
)

// Address is where a switchboard is, and what is needed to trust it and to be let in.
type Address struct {
	Host     string // a name or an IP address, without brackets
	Port     uint16 // TCP
	Pin      string // SHA-256 of the TLS certificate's public key, base64url; empty when not known or not on TLS
	JoinCode string // asked for at enrolment; may be empty

	// User and DeviceCode are in the link that a person makes for one more device of his own; otherwise empty.
	User       UserID
	DeviceCode string // works once, for a few minutes
}

// AddressError says which part of a typed address is wrong.
type AddressError struct {
	Field  string // "address", "host", "port", "pin", "code", "user", "device" or the name of an unknown parameter
	Text   string // what stood there; never a code
	Reason string
}

func (e *AddressError) Error() string {
	if e.Text == "" {
		return "signal: " + e.Field + ": " + e.Reason
	}
	return fmt.Sprintf("signal: %s %q: %s", e.Field, e.Text, e.Reason)
}

// ParseAddress reads what a person typed or pasted: HOST, HOST:PORT, [IPV6]:PORT or an invite link. The port defaults to
// [DefaultPort]. Errors are [*AddressError].
func ParseAddress(text string) (Address, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return Address{}, &AddressError{Field: "address", Reason: "is empty"}
	case len(text) > maxAddress:
		return Address{}, &AddressError{Field: "address", Reason: fmt.Sprintf("is longer than %d bytes", maxAddress)}
	case !utf8.ValidString(text):
		return Address{}, &AddressError{Field: "address", Reason: "is not UTF-8"}
	}
	if len(text) >= len(linkPrefix) && strings.EqualFold(text[:len(linkPrefix)], linkPrefix) {
		return parseLink(text[len(linkPrefix):])
	}
	return parseHostPort(text)
}

func parseLink(rest string) (Address, error) {
	hostPort, query, _ := strings.Cut(rest, "?")
	a, err := parseHostPort(hostPort)
	if err != nil {
		return Address{}, err
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return Address{}, &AddressError{Field: "address", Reason: "what follows the question mark is not a list of name=value"}
	}
	for name, v := range values {
		if len(v) != 1 {
			return Address{}, &AddressError{Field: name, Reason: "is given twice"}
		}
		switch name {
		case "pin":
			a.Pin = v[0]
			if err := checkPin(a.Pin); err != nil {
				return Address{}, err
			}
		case "code":
			a.JoinCode = v[0]
			if err := checkCode(name, a.JoinCode); err != nil {
				return Address{}, err
			}
		case "device":
			a.DeviceCode = v[0]
			if err := checkCode(name, a.DeviceCode); err != nil {
				return Address{}, err
			}
		case "user":
			a.User = UserID(v[0])
			if a.User.Check() != nil {
				return Address{}, &AddressError{Field: name, Text: v[0], Reason: "must have 1 to 64 bytes of UTF-8"}
			}
		default:
			return Address{}, &AddressError{Field: name, Reason: "is not a part of an invite link"}
		}
	}
	return a, nil
}

func parseHostPort(text string) (Address, error) {
	host, port := text, strconv.Itoa(DefaultPort)
	if ip, err := netip.ParseAddr(unbracket(text)); err != nil || !ip.Is6() || ip.Zone() != "" {
		if strings.Contains(text, ":") {
			var err error
			if host, port, err = net.SplitHostPort(text); err != nil {
				return Address{}, &AddressError{Field: "address", Text: text, Reason: "is not HOST:PORT"}
			}
		}
	} else {
		host = ip.String()
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return Address{}, &AddressError{Field: "port", Text: port, Reason: "is not a number from 1 to 65535"}
	}
	if host, err = checkHost(host); err != nil {
		return Address{}, err
	}
	return Address{Host: host, Port: uint16(n)}, nil
}

func unbracket(text string) string {
	if inner, ok := strings.CutPrefix(text, "["); ok {
		return strings.TrimSuffix(inner, "]")
	}
	return text
}

// checkHost returns the canonical form of an IP address or of a host name. Letters beyond ASCII are left to the resolver.
func checkHost(host string) (string, error) {
	if ip, err := netip.ParseAddr(host); err == nil && ip.Zone() == "" {
		return ip.String(), nil
	}
	if host == "" || len(host) > maxHost {
		return "", &AddressError{Field: "host", Text: host, Reason: fmt.Sprintf("must have 1 to %d bytes", maxHost)}
	}
	for _, r := range host {
		if r <= ' ' || r == 0x7f || r == utf8.RuneError || strings.ContainsRune(`:/\?#[]@%"<>|^`+"`{}", r) {
			return "", &AddressError{Field: "host", Text: host, Reason: fmt.Sprintf("may not hold %q", r)}
		}
	}
	return strings.ToLower(host), nil
}

func checkPin(pin string) error {
	b, err := base64.RawURLEncoding.Strict().DecodeString(pin)
	if err != nil || len(b) != 32 || strings.ContainsAny(pin, "\r\n") {
		return &AddressError{Field: "pin", Text: pin, Reason: "is not the base64url of 32 bytes"}
	}
	return nil
}

func checkCode(field, code string) error {
	if len(code) > maxCode || !utf8.ValidString(code) {
		return &AddressError{Field: field, Reason: fmt.Sprintf("must be at most %d bytes of UTF-8", maxCode)}
	}
	return nil
}

// String is HOST:PORT, with brackets around an IPv6 address. It holds no secret.
func (a Address) String() string { return net.JoinHostPort(a.Host, strconv.Itoa(int(a.Port))) }

// Link is the invite link, which [ParseAddress] reads back. It holds the codes, so it lets whoever has it in.
func (a Address) Link() string {
	values := url.Values{}
	for name, value := range map[string]string{"pin": a.Pin, "code": a.JoinCode, "user": string(a.User), "device": a.DeviceCode} {
		if value != "" {
			values.Set(name, value)
		}
	}
	link := linkPrefix + a.String()
	if len(values) > 0 {
		link += "?" + values.Encode()
	}
	return link
}

// Loopback reports whether the address stays on this machine, so that nothing needs to be encrypted.
func (a Address) Loopback() bool {
	if a.Host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(a.Host)
	return err == nil && ip.Unmap().IsLoopback()
}
