package media

import (
	"context"
	"fmt"
	"image"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/media/internal/vaapi"
	"github.com/parley-calls/parley/engine/media/internal/vatest"
)

func TestMain(m *testing.M) { os.Exit(vatest.Main(m, ServeCard)) }

// newCard is a stand-in with a fault that begins with a picture of each process.
func newCard(t *testing.T, fault string, from int) (*Card, vatest.Card) {
	t.Helper()
	machine := vatest.New(t, fault, from)
	c := NewCard(CardOptions{Command: machine.Command})
	c.nodes, c.env, c.wait = filepath.Join(filepath.Dir(machine.Node), "renderD*"), machine.Env, 0
	c.trial.whole, c.trial.answer, c.trial.median, c.trial.worst = 2*time.Minute, time.Minute, time.Minute, time.Minute // others use the processor
	switch fault {
	case "slow":
		c.trial.median = 60 * time.Millisecond
	case "hang":
		c.trial.answer = time.Second
	}
	t.Cleanup(c.Close)
	return c, machine
}

func examine(t *testing.T, c *Card) CardReport {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	r, err := c.Examine(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestGoodCardIsChosen(t *testing.T) {
	t.Parallel()
	c, machine := newCard(t, "", 0)
	if r := c.Report(); r.Tried || r.Chosen || !strings.Contains(r.String(), "not been tried") {
		t.Errorf("before: %+v", r)
	}
	r := examine(t, c)
	if !r.Chosen || r.Driver != "Stand-in driver 1.0" || r.Node != machine.Node || r.Quality < 30 || r.Picture <= 0 {
		t.Errorf("%+v", r)
	}
	if got, want := r.String(), "Camera pictures are coded by the graphics card (Stand-in driver 1.0)."; got != want {
		t.Error(got)
	}
	if again := examine(t, c); again != r {
		t.Errorf("again: %+v", again)
	}
	c.Close()
	if got, want := machine.Told(), "closed after 117 pictures with 0 surfaces, 0 buffers, 0 images, 0 contexts, 0 configurations left\n"; got != want {
		t.Errorf("the driver says: %s", got)
	}
	t.Logf("%.1f ms, %.1f dB", r.Picture, r.Quality)
}

// Not parallel, for it looks for what others may have running.
func TestCardLeavesNothingBehind(t *testing.T) {
	noLeak(t, "media.(*Card)", "media.(*loan)", "vaapi.")
	c, machine := newCard(t, "", 0)
	if r := examine(t, c); !r.Chosen {
		t.Fatal(r)
	}
	dec := newDecoder(t, VP8)
	onCard := make(chan struct{}, 1)
	s := startVideo(t, VideoSenderOptions{Source: camera(960, 540), Codec: Video{BitRate: 900_000}, Card: c, Out: func(f EncodedFrame) {
		if _, err := dec.Decode(f.Data); err != nil {
			t.Error(err)
		}
		if strings.Count(machine.Told(), "\n") != 1 {
			t.Errorf("the driver says: %s", machine.Told())
		}
		if f.Key && f.At > 0 {
			select {
			case onCard <- struct{}{}:
			default:
			}
		}
	}})
	<-onCard
	s.Close()
	late := c.lend() // its process is not ready before the card is closed
	late.close()
	c.Close()
	if r, err := c.Examine(t.Context()); err != nil || !r.Chosen {
		t.Errorf("afterwards: %+v, %v", r, err)
	}
	if l := c.lend(); l.ready() != nil {
		t.Error("a closed card is lent")
	}
	for line := range strings.Lines(machine.Told()) {
		if !strings.HasSuffix(line, " 0 surfaces, 0 buffers, 0 images, 0 contexts, 0 configurations left\n") {
			t.Errorf("the driver says: %s", line)
		}
	}
}

func TestBadCardIsNotChosen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault string
		from  int
		words string
	}{
		{"noinit", 0, "vaInitialize"},
		{"novp8", 0, "it does not code VP8"},
		{"garbage", 3, "cannot be decoded|pictures are bad"},
		{"blurred", 0, "pictures are bad"},
		{"keyless", 1, "key frames do not come"},
		{"greedy", 0, "spare pictures are missed"},
		{"deaf", 0, "does not keep to the bit rate"},
		{"slow", 0, "it is slow"},
		{"hang", 50, "the driver hangs"},
		{"crash", 50, "the driver crashed"},
		{"fail", 50, "encoding error"},
	} {
		t.Run(c.fault, func(t *testing.T) {
			t.Parallel()
			card, _ := newCard(t, c.fault, c.from)
			r := examine(t, card)
			t.Logf("%.1f ms, %.1f dB", r.Picture, r.Quality)
			found := false
			for words := range strings.SplitSeq(c.words, "|") {
				found = found || strings.Contains(r.Reason, words)
			}
			if r.Chosen || !r.Tried || !found || !strings.Contains(r.String(), "by the processor: "+r.Reason) {
				t.Errorf("%+v", r)
			}
		})
	}
}

// lines is a writer that is called for each line of a log.
type lines func(string)

func (l lines) Write(p []byte) (int, error) {
	l(string(p))
	return len(p), nil
}

// A card that was slow while the machine was busy gets another chance, and no more than three in all.
func TestSlowCardIsTriedAgain(t *testing.T) {
	t.Parallel()
	for _, slow := range []int{1, 99} {
		t.Run(fmt.Sprint(slow), func(t *testing.T) {
			t.Parallel()
			card, _ := newCard(t, "", 0)
			trials := 0
			card.o.Logger = slog.New(slog.NewTextHandler(lines(func(string) { // a line after each trial
				if trials++; trials == slow {
					card.trial.median = time.Minute
				}
			}), nil))
			card.trial.median, card.pause = time.Nanosecond, time.Millisecond
			if r := examine(t, card); slow > 1 && (r.Chosen || !strings.Contains(r.Reason, "it is slow") || r.Picture <= 0 || r.Quality < 30) {
				t.Errorf("at first: %+v", r)
			}
			card.tasks.Wait()
			if want := min(slow+1, cardTrials); trials != want || card.Report().Chosen != (slow == 1) {
				t.Errorf("after %d trials: %+v", trials, card.Report())
			}
		})
	}
}

func TestMachineWithoutCard(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		spoil func(*Card, vatest.Card)
		words string
	}{
		{"no device", func(c *Card, m vatest.Card) { _ = os.Remove(m.Node) }, "there is no graphics card"},
		{"no permission", func(c *Card, m vatest.Card) {
			_ = os.Remove(m.Node)
			_ = os.Mkdir(m.Node, 0o700) // root may open everything but this
		}, "renderD128"},
		{"no library", func(c *Card, m vatest.Card) { c.env[1] = "LD_LIBRARY_PATH=" + filepath.Dir(m.Node) }, ""},
		{"no command", func(c *Card, m vatest.Card) { c.o.Command = nil }, "not to be used"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			card, machine := newCard(t, "", 0)
			c.spoil(card, machine)
			if r := examine(t, card); !r.Tried || r.Chosen || !strings.Contains(r.Reason, c.words) {
				t.Errorf("%+v", r)
			}
		})
	}
}

// A sender does not wait for a card; its pictures go on without a gap when it comes and when it fails, and can be decoded all the time.
func TestVideoSenderOnCard(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"", "fail", "crash", "hang"} {
		t.Run("card "+fault, func(t *testing.T) {
			t.Parallel()
			card, _ := newCard(t, "", 0)
			if r := examine(t, card); !r.Chosen {
				t.Fatal(r)
			}
			if fault == "hang" {
				card.trial.answer = time.Second
			}
			card.env = append(card.env, "STANDIN_FAULT="+fault, "STANDIN_FROM=30") // the last one counts
			dec := newDecoder(t, VP8)
			type step struct {
				key, card bool
			}
			steps := make(chan step, 1000)
			var s *VideoSender
			begun := make(chan struct{})
			s = startVideo(t, VideoSenderOptions{
				Source: camera(960, 540), Codec: Video{BitRate: 900_000}, Card: card,
				Out: func(f EncodedFrame) {
					<-begun
					if img, err := dec.Decode(f.Data); err != nil || img == nil {
						t.Errorf("key %t: %v", f.Key, err)
					}
					select {
					case steps <- step{f.Key, s.Stats().Card}:
					default:
					}
				},
			})
			close(begun)
			defer s.Close()
			next := func(card bool) {
				t.Helper()
				for deadline := time.After(time.Minute); ; {
					select {
					case f := <-steps:
						if f.card == card {
							if !f.key {
								t.Errorf("card %t: it does not begin with a key frame", card)
							}
							return
						}
					case <-deadline:
						t.Fatalf("no picture is coded with card %t: %v", card, s.o.Card.Report())
					}
				}
			}
			next(true)
			if fault == "" {
				s.ForceKeyFrame(0)
				for range 30 {
					if f := <-steps; !f.card {
						t.Fatal("the processor codes again")
					}
				}
				return
			}
			next(false)
			if r := card.Report(); r.Chosen || r.Reason == "" {
				t.Errorf("%+v", r)
			}
			for range 10 {
				if f := <-steps; f.card {
					t.Fatal("the card is used again")
				}
			}
		})
	}
}

// The bit rate, spare pictures, sizes: what an encoder promises holds on the card, too.
func TestEncoderOnCard(t *testing.T) {
	t.Parallel()
	card, machine := newCard(t, "", 0)
	if r := examine(t, card); !r.Chosen {
		t.Fatal(r)
	}
	enc, dec, some := newEncoder(t, Video{BitRate: 1_200_000}), newDecoder(t, VP8), newDecoder(t, VP8)
	enc.card = card
	film := newTestFilm()
	n := 0
	code := func(w, h int, force bool) (frame []byte, key bool) {
		t.Helper()
		n++
		frame, key, err := enc.encode(film.picture(w, h, n), time.Duration(n)*frameTime, force)
		if err != nil {
			t.Fatal(err)
		}
		if frame == nil {
			return nil, false
		}
		img, err := dec.Decode(frame)
		if err != nil || img.Rect != image.Rect(0, 0, w, h) {
			t.Fatalf("picture %d: %v", n, err)
		}
		if !enc.spare || key {
			part, err := some.Decode(frame)
			if err != nil || psnr(img, part) < 99 {
				t.Fatalf("picture %d without the spare ones: %v", n, err)
			}
		}
		return frame, key
	}
	eventually(t, func() string {
		if code(960, 540, false); enc.onCard.coded {
			return ""
		}
		return "the processor codes"
	})
	second := func() (kbps int) {
		for k := range 60 {
			enc.spare = k%2 == 1
			if frame, _ := code(960, 540, false); k >= 30 {
				kbps += len(frame) * 8 / 1000
			}
		}
		enc.spare = false
		return kbps
	}
	high := second()
	enc.bps = 400_000
	if low := second(); low > 600 || high < low*3/2 {
		t.Errorf("%d kbit/s in place of 400, and %d in place of 1200", low, high)
	}
	for _, c := range []struct {
		w, h  int
		force bool
		card  bool
		key   bool
	}{
		{960, 540, true, true, true},
		{962, 541, false, true, true},
		{320, 180, false, false, true}, // the processor does that as well
		{320, 180, false, false, false},
		{962, 541, false, true, true}, // not made of what only the card has
		{962, 541, false, true, false},
	} {
		enc.onCard.bucket = bucket{}
		if _, key := code(c.w, c.h, c.force); key != c.key || enc.onCard.coded != c.card {
			t.Errorf("%+v: key %t, card %t", c, key, enc.onCard.coded)
		}
	}
	enc.close()
	card.Close()
	if told := machine.Told(); strings.Contains(told, "not so") || strings.Count(told, " 0 surfaces, 0 buffers, 0 images, 0 contexts, 0 conf") != 2 {
		t.Errorf("the driver says: %s", told)
	}
}

func TestBucketLeavesOutWhatAPathCannotTake(t *testing.T) {
	t.Parallel()
	var b bucket
	passed := 0
	for n := range 300 { // each picture twice as large as it should be
		if !b.leak(time.Duration(n)*frameTime, 300_000) {
			b.fill(2 * 300_000 / 8 / 30)
			passed++
		}
	}
	if passed < 150 || passed > 170 {
		t.Errorf("%d of 300 pictures of double size", passed)
	}
}

func TestTempo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		gaps []int // ms
		want int
	}{
		{"beginning", nil, 30},
		{"even", []int{33, 33, 33, 34, 33, 33}, 30},
		{"uneven", []int{20, 46, 30, 41, 25, 38, 12}, 30},
		{"one pause", []int{33, 33, 500, 33, 33, 33}, 30},
		{"slower", []int{33, 66, 66, 67, 66}, 15},
		{"few", []int{250, 250, 250, 250, 250}, 5},
		{"all at once", []int{0, 0, 0, 0, 0}, 60},
	} {
		var p tempo
		at := time.Duration(0)
		p.add(at)
		for _, ms := range c.gaps {
			at += time.Duration(ms) * time.Millisecond
			p.add(at)
		}
		if got := p.perSecond(); got != c.want {
			t.Errorf("%s: %d pictures/s, not %d", c.name, got, c.want)
		}
	}
}

// What a trial costs, and how far a good encoder is from its bounds.
func BenchmarkCardTrial(b *testing.B) {
	for b.Loop() {
		enc := newVideoEncoder(Video{})
		n := 0
		var r CardReport
		tr := usualTrial
		tr.median, tr.worst = time.Second, time.Second
		err := tr.run(b.Context(), func(p *vaapi.Picture) (vaapi.Frame, error) {
			img := planes{p.Y, p.U, p.V, p.YStride, p.UVStride, p.Width, p.Height}.image()
			enc.bps, enc.spare = p.BitRate, p.Spare
			data, key, err := enc.encode(img, time.Duration(n)*frameTime, p.Key)
			n++
			return vaapi.Frame{Data: data, Key: key}, err
		}, &r)
		enc.close()
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(r.Picture, "ms/picture")
		b.ReportMetric(r.Quality, "dB")
	}
}
