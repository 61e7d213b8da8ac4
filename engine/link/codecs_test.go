package link

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// Each medium is offered in what its kind is coded with and nothing else, so that nobody need tell what a stream is.
func TestOfferedCodecs(t *testing.T) {
	virtually(t, func(t *testing.T) {
		w := newWorld(t)
		offers := make(chan string, 100)
		w.deliver = func(_, _ MemberID, m Message) {
			if m.Offer != "" {
				select {
				case offers <- m.Offer:
				default:
				}
			}
		}
		ana := w.join("ana", nil)
		if err := ana.Add("bob", true); err != nil {
			t.Fatal(err)
		}
		var offer string
		select {
		case offer = <-offers:
		case <-time.After(10 * time.Second):
			t.Fatal("no offer")
		}
		media := strings.Split(offer, "\r\nm=")[1:]
		line := regexp.MustCompile(`^\S+ \S+ \S+ ([\d ]+)`)
		for i, want := range []struct{ payloads, is string }{
			Voice:  {"63 111", "a=rtpmap:63 red/48000/2"},
			Camera: {"96 97", "a=rtpmap:96 VP8/90000"},
			Screen: {"98 99", "a=rtpmap:98 VP9/90000"},
			System: {"63 111", "a=rtpmap:63 red/48000/2"},
		} {
			if got := line.FindStringSubmatch(media[i]); got == nil || got[1] != want.payloads || !strings.Contains(media[i], want.is) {
				t.Errorf("%v is offered as %s", Kind(i), media[i])
			}
		}
	})
}

// Who has no VP9 is refused with an error, whichever side offers, and the call goes on without him.
func TestMemberWithoutVP9(t *testing.T) {
	t.Parallel()
	for _, older := range []MemberID{"ana", "bob"} { // the offering side and the answering one
		t.Run(string(older), func(t *testing.T) {
			virtually(t, func(t *testing.T) {
				w := newWorld(t)
				refused := make(chan error, 100)
				w.deliver = func(from, to MemberID, m Message) {
					if from == older {
						m.Offer, m.Answer = withoutVP9(m.Offer), withoutVP9(m.Answer)
					}
					w.mu.Lock()
					member := w.members[to]
					w.mu.Unlock()
					if err := member.Handle(from, m); err != nil {
						select {
						case refused <- err:
						default:
						}
					}
				}
				ana, bob, cem := w.join("ana", nil), w.join("bob", nil), w.join("cem", nil)
				call(t, ana, bob)
				newer := bob
				if older == bob.id {
					newer = ana
				}
				select {
				case err := <-refused:
					t.Log(err)
				case <-time.After(10 * time.Second):
					t.Fatal("nothing was refused")
				}
				call(t, newer, cem)
				waitState(t, 10*time.Second, Connected, newer, cem)
				cem.publish(t, Voice, Screen)
				waitMore(t, 10*time.Second, newer, "cem/screen", 20)
			})
		})
	}
}

func withoutVP9(description string) string {
	return strings.NewReplacer(" 98 99\r\n", " 96 97\r\n", ":98 VP9/90000", ":96 VP8/90000", "a=fmtp:98 profile-id=0\r\n", "",
		"rtcp-fb:98 ", "rtcp-fb:96 ", ":99 rtx", ":97 rtx", "a=fmtp:99 apt=98", "a=fmtp:97 apt=96").Replace(description)
}
