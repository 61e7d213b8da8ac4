package link

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"github.com/parley-calls/parley/engine/link/congestion"
)

func TestSequence(t *testing.T) {
	t.Parallel()
	type step struct {
		ssrc   uint32 // 0 is a packet of ours
		number uint16
		want   uint16
	}
	for name, steps := range map[string][]step{
		"ours":          {{0, 0, 100}, {0, 0, 101}},
		"another":       {{7, 5000, 100}, {7, 5001, 101}},
		"gap stays":     {{7, 5000, 100}, {7, 5003, 103}, {7, 5004, 104}},
		"order stays":   {{7, 5000, 100}, {7, 5002, 102}, {7, 5001, 101}, {7, 5003, 103}},
		"wrap":          {{7, 65535, 100}, {7, 0, 101}, {7, 1, 102}},
		"jump":          {{7, 5000, 100}, {7, 9000, 101}},
		"other stream":  {{7, 5000, 100}, {8, 5001, 101}, {8, 5002, 102}, {7, 5001, 103}},
		"both in turn":  {{7, 5000, 100}, {0, 0, 101}, {7, 5009, 102}, {7, 5010, 103}, {0, 0, 104}},
		"late, then us": {{7, 5000, 100}, {7, 5002, 102}, {7, 5001, 101}, {0, 0, 103}},
	} {
		s := sequence{next: 100}
		for i, p := range steps {
			var got uint16
			if p.ssrc == 0 {
				got = s.own()
			} else {
				got = s.foreign(p.ssrc, p.number)
			}
			if got != p.want {
				t.Errorf("%s: step %d: %d, not %d", name, i, got, p.want)
			}
		}
	}
}

func TestWorthReporting(t *testing.T) {
	t.Parallel()
	if worthReporting(1000, 1010) || !worthReporting(1000, 1100) || !worthReporting(1000, 0) || !worthReporting(0, 1000) || worthReporting(0, 0) {
		t.Error("worthReporting")
	}
}

// wire records what a pacer writes.
type wire struct {
	mu      sync.Mutex
	packets []rtp.Header
	at      []time.Time
}

func (w *wire) Write(h *rtp.Header, payload []byte, _ interceptor.Attributes) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.packets = append(w.packets, h.Clone())
	w.at = append(w.at, time.Now())
	return len(payload), nil
}

// since returns what was written after the first n packets.
func (w *wire) since(n int) ([]rtp.Header, []time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.packets[n:]), slices.Clone(w.at[n:])
}

func TestPacer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(1_000_000, func(uint16, int, int) {})
		defer p.stop()
		extensions := []interceptor.RTPHeaderExtension{{URI: sdp.TransportCCURI, ID: 3}}
		w := &wire{}
		p.add(&interceptor.StreamInfo{SSRC: 1, SSRCRetransmission: 2, RTPHeaderExtensions: extensions}, w)
		p.add(&interceptor.StreamInfo{SSRC: 5, MimeType: "audio/red", RTPHeaderExtensions: extensions}, w)
		p.screen(7)
		p.add(&interceptor.StreamInfo{SSRC: 7, RTPHeaderExtensions: extensions}, w)
		send := func(ssrc uint32, kind uint8, number uint16) {
			h := rtp.Header{Version: 2, SSRC: ssrc, PayloadType: kind, SequenceNumber: number}
			if _, err := p.Write(&h, make([]byte, 1100), nil); err != nil {
				t.Error(err)
			}
		}
		const frame = 60 // packets of a key frame
		start := time.Now()
		for n := range uint16(frame) {
			send(1, payloadVP8, n)
		}
		send(5, payloadRED, 0)
		send(2, payloadRTX, 1000)
		send(2, payloadRTX, 1000)
		send(9, payloadVP8, 0) // unknown
		time.Sleep(time.Second)
		synctest.Wait()
		if len(w.packets) != frame+3 {
			t.Fatalf("%d packets left", len(w.packets))
		}
		atOnce := 0
		for i, h := range w.packets {
			if w.at[i].Equal(start) {
				atOnce++
			}
			if got := h.GetExtension(3); len(got) != 2 || int(got[0])<<8|int(got[1]) != i {
				t.Errorf("packet %d has feedback number %v", i, got)
			}
			if h.PayloadType == payloadRED && !w.at[i].Equal(start) {
				t.Errorf("sound waited %v", w.at[i].Sub(start))
			}
		}
		if atOnce > pacerBurst/1100+3 {
			t.Errorf("%d packets left at once", atOnce)
		}
		if last := w.at[len(w.at)-1].Sub(start); last < 20*time.Millisecond || last > lanes[cameraLane].delay+2*pacerTick {
			t.Errorf("the last packet left after %v", last)
		}
		if a, b := w.packets[frame+1], w.packets[frame+2]; a.SSRC != 2 || b.SequenceNumber != a.SequenceNumber+1 {
			t.Errorf("retransmissions have numbers %d and %d", a.SequenceNumber, b.SequenceNumber)
		}
		before := len(w.packets)
		start = time.Now()
		for n := range uint16(100) { // a page of text takes as long as the path needs for it
			send(7, payloadVP8, n)
		}
		time.Sleep(100 * time.Millisecond)
		send(1, payloadVP8, 0) // the camera does not wait behind it
		synctest.Wait()
		if sent, _ := w.since(before); sent[len(sent)-1].SSRC != 1 {
			t.Errorf("the camera waits behind %d packets of the screen", 101-len(sent))
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		sent, when := w.since(before)
		if took := when[len(when)-1].Sub(start); len(sent) != 101 || took < 500*time.Millisecond || took > time.Second {
			t.Errorf("%d packets of 1100 bytes took %v at 1 Mbit/s", len(sent), took)
		}
		for n := range uint16(2 * pacerQueue) {
			send(1, payloadVP8, n)
		}
		if resent, dropped := p.counts(1); resent != 2 || dropped == 0 || dropped > 2*pacerQueue {
			t.Errorf("%d resent, %d dropped", resent, dropped)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if _, err := p.Write(&rtp.Header{SSRC: 1}, nil, nil); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("after closing: %v", err)
		}
	})
}

// A probe leaves at its rate: what waits, then padding on the stream of retransmissions, and only where the other end reads it.
func TestPacerProbes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		bytes, clusters := 0, map[int]int{}
		p := newPacer(300_000, func(_ uint16, size, cluster int) {
			clusters[cluster]++
			if cluster != 0 {
				bytes += size
			}
		})
		defer p.stop()
		w := &wire{}
		p.add(&interceptor.StreamInfo{SSRC: 1, SSRCRetransmission: 2, PayloadTypeRetransmission: payloadRTX,
			RTPHeaderExtensions: []interceptor.RTPHeaderExtension{{URI: sdp.TransportCCURI, ID: 3}}}, w)
		if p.canProbe() {
			t.Error("nobody reads retransmissions of a stream that has not begun")
		}
		if _, err := p.Write(&rtp.Header{Version: 2, SSRC: 1, PayloadType: payloadVP8}, make([]byte, 1000), nil); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if !p.canProbe() {
			t.Fatal("no probe is possible")
		}
		cluster := congestion.Cluster{ID: 7, Rate: 1_600_000, Bytes: 5000} // takes 25 ms
		start := time.Now()
		p.probe(cluster)
		if p.canProbe() {
			t.Error("two probes at a time")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		sent, when := w.since(1)
		if took := when[len(when)-1].Sub(start); took < 18*time.Millisecond || took > 30*time.Millisecond {
			t.Errorf("%d packets took %v", len(sent), took)
		}
		if bytes < cluster.Bytes || bytes > cluster.Bytes+300 || clusters[7] != len(sent) || clusters[0] != 1 {
			t.Errorf("%d bytes in clusters %v", bytes, clusters)
		}
		for i, h := range sent {
			if h.SSRC != 2 || h.PayloadType != payloadRTX || !h.Padding || h.SequenceNumber != uint16(i) {
				t.Fatalf("packet %d is %+v", i, h)
			}
		}
		if !p.canProbe() {
			t.Error("the probe does not end")
		}
	})
}

func TestDispatcher(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDispatcher()
		var got []int
		note := func(n int) func() { return func() { got = append(got, n) } }
		hold := make(chan struct{})
		d.post(nil, func() { <-hold })
		synctest.Wait()
		d.post("a", note(1))
		d.post(nil, note(2))
		d.post("b", note(3))
		d.post("a", note(4)) // takes the place of 1
		d.post(nil, note(5))
		close(hold)
		synctest.Wait()
		if !slices.Equal(got, []int{4, 2, 3, 5}) {
			t.Errorf("calls were %v", got)
		}
		d.post("a", note(6))
		synctest.Wait()
		if len(got) != 5 || got[4] != 6 {
			t.Errorf("after a pause: %v", got)
		}
		d.close()
		d.close()
		d.post(nil, note(7))
		<-d.done
		if len(got) != 5 {
			t.Errorf("after closing: %v", got)
		}
	})
}

func TestWatchAddresses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("192.168.0.7")
		addresses, failure := []netip.Addr{a}, error(nil)
		changes := 0
		var mu sync.Mutex
		list := func() ([]netip.Addr, error) {
			mu.Lock()
			defer mu.Unlock()
			return addresses, failure
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() {
			defer close(done)
			watchAddresses(ctx, 0, list, func() { changes++ })
		}()
		time.Sleep(10 * time.Millisecond) // off the ticks
		for _, s := range []struct {
			name string
			now  []netip.Addr
			err  error
			wait time.Duration
			want int
		}{
			{"nothing new", []netip.Addr{a}, nil, time.Second, 0},
			{"another one", []netip.Addr{a, b}, nil, 600 * time.Millisecond, 1},
			{"no answer", nil, errors.New("too many files"), time.Second, 1},
			{"short flicker", []netip.Addr{b}, nil, addressInterval, 1},
			{"back", []netip.Addr{a, b}, nil, time.Second, 1},
			{"network gone", nil, nil, time.Second, 1},
			{"the same again", []netip.Addr{a, b}, nil, 600 * time.Millisecond, 2},
			{"one less", []netip.Addr{b}, nil, time.Second, 3},
		} {
			mu.Lock()
			addresses, failure = s.now, s.err
			mu.Unlock()
			time.Sleep(s.wait)
			synctest.Wait()
			if changes != s.want {
				t.Errorf("%s: %d changes, not %d", s.name, changes, s.want)
			}
		}
		cancel()
		<-done
	})
}

func TestUsableAddresses(t *testing.T) {
	t.Parallel()
	addresses, err := usableAddresses()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		if a.IsLoopback() || a.IsLinkLocalUnicast() || !a.IsValid() {
			t.Errorf("%v is not usable", a)
		}
	}
}

func TestWorsePath(t *testing.T) {
	t.Parallel()
	order := []webrtc.ICECandidateType{
		webrtc.ICECandidateTypeHost, webrtc.ICECandidateTypeSrflx, webrtc.ICECandidateTypePrflx, webrtc.ICECandidateTypeRelay,
	}
	for i, a := range order {
		for j, b := range order {
			if got := worsePath(a, b); got != order[max(i, j)] {
				t.Errorf("%v and %v: %v", a, b, got)
			}
		}
	}
}

func TestJitter(t *testing.T) {
	t.Parallel()
	var a arrival
	start := time.Now()
	for i := range 500 {
		late := time.Duration(i%2) * 8 * time.Millisecond // every other packet
		a.note(uint32(i*960), start.Add(time.Duration(i)*20*time.Millisecond+late), 48000, false)
		a.note(1, start, 48000, true) // a retransmission does not count
	}
	if got := a.jitterTime(); got < 7*time.Millisecond || got > 9*time.Millisecond {
		t.Errorf("jitter is %v", got)
	}
	if a.resent.Load() != 500 {
		t.Errorf("%d resent", a.resent.Load())
	}
}

func FuzzParseDescription(f *testing.F) {
	for _, m := range realMessages(f) {
		if m.Offer != "" {
			f.Add(m.Offer)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := parseDescription(webrtc.SDPTypeOffer, text)
		if err != nil {
			if !errors.Is(err, ErrBadMessage) {
				t.Errorf("error is %v", err)
			}
			return
		}
		if d.ufrag == "" || d.fingerprint == "" || slices.Contains(d.mids[:], "") {
			t.Errorf("accepted without what it needs: %+v", d)
		}
		again, err := parseDescription(webrtc.SDPTypeOffer, d.sdp.SDP)
		if err != nil || again.ufrag != d.ufrag || len(again.candidates) != 0 {
			t.Errorf("not stable: %v", err)
		}
	})
}

func TestBranchesChangeLayersAtKeyFrames(t *testing.T) {
	t.Parallel()
	var wanted atomic.Uint32
	b := &branch{payloader: &codecs.VP8Payloader{EnablePictureID: true}, sequence: sequence{next: 65534}, wanted: &wanted}
	track, err := webrtc.NewTrackLocalStaticRTP(vp8Codec, "camera", "parley")
	if err != nil {
		t.Fatal(err)
	}
	b.track = track
	sent := func(layer uint8, key bool, at uint32) bool {
		before := b.sequence.next
		b.send(Sample{Data: []byte{1, 2, 3}, Layer: layer, Key: key, Timestamp: at})
		return b.sequence.next == before+1
	}
	for i, c := range []struct {
		want, layer uint8
		key         bool
		at          uint32
		passes      bool
		last        uint32
	}{
		{0, 0, true, 1000, true, 1000},
		{0, 1, true, 1000, false, 1000},
		{1, 0, false, 2000, true, 2000}, // until there is a key frame of the other
		{1, 1, false, 2000, false, 2000},
		{1, 0, false, 3000, true, 3000},
		{1, 1, true, 3000, true, 3001}, // the same picture in both
		{1, 0, true, 4000, false, 3001},
		{1, 1, false, 4000, true, 4000},
		{2, 1, false, 5000, true, 5000},
		{1, 2, true, 5000, false, 5000}, // it was not wanted for long
		{1, 1, false, 6000, true, 6000},
		{NoLayer, 1, true, 7000, false, 6000},
		{1, 1, false, 8000, false, 6000}, // it cannot go on without what was left out
		{1, 1, true, 9000, true, 9000},
	} {
		wanted.Store(uint32(c.want))
		if got := sent(c.layer, c.key, c.at); got != c.passes || b.last != c.last {
			t.Errorf("%d: sent %t at %d, want %t at %d", i, got, b.last, c.passes, c.last)
		}
	}
}

func TestLossReport(t *testing.T) {
	t.Parallel()
	start := time.Unix(1000, 0)
	var l lossReport
	for i, c := range []struct {
		report rtcp.ReceptionReport
		want   float64
	}{
		{rtcp.ReceptionReport{SSRC: 1, LastSequenceNumber: 1000, TotalLost: 5, FractionLost: 64}, 0.25}, // nothing else is known
		{rtcp.ReceptionReport{SSRC: 1, LastSequenceNumber: 1010, TotalLost: 6, FractionLost: 25}, 0.25}, // too few to tell
		{rtcp.ReceptionReport{SSRC: 1, LastSequenceNumber: 1040, TotalLost: 7, FractionLost: 8}, 0.05},
		{rtcp.ReceptionReport{SSRC: 1, LastSequenceNumber: 1140, TotalLost: 3}, 0}, // late ones came after all
		{rtcp.ReceptionReport{SSRC: 1, LastSequenceNumber: 1240, TotalLost: 1 << 23}, 1},
		{rtcp.ReceptionReport{SSRC: 1, LastSequenceNumber: 7, FractionLost: 128}, 0.5},
		{rtcp.ReceptionReport{SSRC: 2, LastSequenceNumber: 20}, 0}, // another connection
	} {
		l.set(c.report, start)
		if got := l.get(start, lossAge); got != c.want {
			t.Errorf("report %d: %g, want %g", i, got, c.want)
		}
	}
}
