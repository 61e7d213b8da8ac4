package link

import (
	"fmt"
	"strings"

	"github.com/pion/webrtc/v4"
)

// maxDescription bounds a description that is taken from a member, in bytes. Ours have about 6000 and 100 a candidate.
const maxDescription = 48 << 10

// description is a checked session description, with its candidates apart so that a bad one costs only itself.
type description struct {
	sdp         webrtc.SessionDescription
	candidates  []string
	ufrag       string // names the ICE generation (RFC 8839)
	fingerprint string // names the other end's run: it makes its certificate anew
	mids        [Kinds]string
}

// parseDescription takes a description apart and checks that it has our four media and the data channel, in this order.
// After that little is left that pion could refuse with its state half changed.
func parseDescription(t webrtc.SDPType, text string) (description, error) {
	if len(text) > maxDescription {
		return description{}, fmt.Errorf("%w: %v of %d bytes", ErrBadMessage, t, len(text))
	}
	var d description
	var kept strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if c, ok := strings.CutPrefix(line, "a=candidate:"); ok {
			d.candidates = append(d.candidates, c)
			continue
		}
		if line == "" || line == "a=end-of-candidates" {
			continue
		}
		kept.WriteString(line)
		kept.WriteString("\r\n")
	}
	d.sdp = webrtc.SessionDescription{Type: t, SDP: kept.String()}
	parsed, err := d.sdp.Unmarshal()
	if err != nil {
		return description{}, fmt.Errorf("%w: %v: %w", ErrBadMessage, t, err)
	}
	if len(parsed.MediaDescriptions) != Kinds+1 {
		return description{}, fmt.Errorf("%w: %v has %d media", ErrBadMessage, t, len(parsed.MediaDescriptions))
	}
	attribute := func(i int, key string) string {
		if v, ok := parsed.MediaDescriptions[i].Attribute(key); ok {
			return v
		}
		v, _ := parsed.Attribute(key)
		return v
	}
	d.ufrag, d.fingerprint = attribute(0, "ice-ufrag"), attribute(0, "fingerprint")
	if d.ufrag == "" || attribute(0, "ice-pwd") == "" || len(strings.Fields(d.fingerprint)) != 2 {
		return description{}, fmt.Errorf("%w: %v without credentials or fingerprint", ErrBadMessage, t)
	}
	for i, m := range parsed.MediaDescriptions {
		want := "application"
		if i < Kinds {
			if want = "video"; Kind(i).sound() {
				want = "audio"
			}
			d.mids[i] = attribute(i, "mid")
		}
		if m.MediaName.Media != want || attribute(i, "mid") == "" {
			return description{}, fmt.Errorf("%w: %v: medium %d is %q", ErrBadMessage, t, i, m.MediaName.Media)
		}
		if attribute(i, "ice-ufrag") != d.ufrag || attribute(i, "fingerprint") != d.fingerprint {
			return description{}, fmt.Errorf("%w: %v is not bundled", ErrBadMessage, t)
		}
	}
	return d, nil
}
