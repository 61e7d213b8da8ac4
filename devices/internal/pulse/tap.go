package pulse

import (
	"context"
	"encoding/binary"
	"math"
	"strconv"
	"sync"

	"github.com/jfreymuth/pulse/proto"
)

// TapRate is the sample rate of a [Tap], in Hz.
const TapRate = 48000

const (
	tapFragment = TapRate / 100      // samples that the server sends at once: 10 ms
	tapLead     = 4 * tapFragment    // that wait before a stream is heard, so that it does not run dry
	tapMostLead = 12 * tapFragment   // where the server sends more at once
	tapSpare    = 6 * tapFragment    // that may wait beside the lead; with more, the older ones are dropped
	tapStreams  = 32                 // that are heard at most
	noIndex     = uint32(0xFFFFFFFF) // the protocol's word for none
)

// Tap hears what programs play at a server, wherever they play it. What the server's own modules play is left out: they pass on what
// programs play, so it would be heard twice.
type Tap struct {
	conn *Conn
	pid  int
	stop context.CancelFunc
	done chan struct{}

	mu      sync.Mutex
	streams map[uint32]*tapped // by the index of the record stream
}

// OpenTap begins to hear everything but what process pid plays. The caller closes it.
func OpenTap(ctx context.Context, pid int) (*Tap, error) {
	t := &Tap{pid: pid, done: make(chan struct{}), streams: map[uint32]*tapped{}}
	conn, err := dialFor(ctx, &Conn{sound: t.fill, killed: t.forget}, proto.SubscriptionMaskSink|proto.SubscriptionMaskSinkInput)
	if err != nil {
		return nil, err
	}
	t.conn = conn
	following, stop := context.WithCancel(context.Background())
	t.stop = stop
	go t.follow(following)
	return t, nil
}

// Gone is closed when the server has ended the connection, or Close was called.
func (t *Tap) Gone() <-chan struct{} { return t.conn.Gone() }

// Close ends it, and waits. It may be called again.
func (t *Tap) Close() error {
	t.stop()
	err := t.conn.Close()
	<-t.done
	return err
}

// Read fills out with what is played now, all programs together, and with silence where nothing is. It does not wait: the caller paces.
func (t *Tap) Read(out []float32) {
	clear(out)
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.streams {
		s.mix(out)
	}
	for i, v := range out {
		out[i] = max(-1, min(1, v))
	}
}

// follow keeps a record stream for each program that plays.
func (t *Tap) follow(ctx context.Context) {
	defer close(t.done)
	for {
		if t.settle() != nil {
			return // the connection has ended, which Gone tells
		}
		select {
		case <-t.conn.Changed():
		case <-t.conn.Gone():
			return
		case <-ctx.Done():
			return
		}
	}
}

// settle asks who plays, and begins and ends streams.
func (t *Tap) settle() error {
	var (
		sinks  proto.GetSinkInfoListReply
		inputs proto.GetSinkInputInfoListReply
	)
	if err := t.conn.request(&proto.GetSinkInfoList{}, &sinks); err != nil {
		return err
	}
	if err := t.conn.request(&proto.GetSinkInputInfoList{}, &inputs); err != nil {
		return err
	}
	monitors := map[uint32]uint32{}
	for _, s := range sinks {
		monitors[s.SinkIndex] = s.MonitorSourceIndex
	}
	wanted := map[tapPoint]bool{}
	for _, i := range inputs {
		if m, ok := monitors[i.SinkIndex]; ok && i.ClientIndex != noIndex && !t.ours(i.Properties) && len(wanted) < tapStreams {
			wanted[tapPoint{i.SinkInputIndex, m}] = true
		}
	}
	for _, index := range t.unwanted(wanted) {
		_ = t.conn.request(&proto.DeleteRecordStream{StreamIndex: index}, nil) // the server may have ended it already
	}
	for at := range wanted { // those that are not heard yet
		t.begin(at)
	}
	return nil
}

// ours reports whether a stream belongs to the process that is left out.
func (t *Tap) ours(p proto.PropList) bool {
	pid, err := strconv.Atoi(p["application.process.id"].String())
	return err == nil && pid == t.pid
}

// unwanted takes away the streams that are not wanted, and leaves in wanted those that are missing.
func (t *Tap) unwanted(wanted map[tapPoint]bool) (out []uint32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for index, s := range t.streams {
		if wanted[s.at] {
			delete(wanted, s.at)
			continue
		}
		delete(t.streams, index)
		out = append(out, index)
	}
	return out
}

// begin hears a program. It may have stopped meanwhile, and then there is nothing to hear.
func (t *Tap) begin(at tapPoint) {
	var reply proto.CreateRecordStreamReply
	err := t.conn.request(&proto.CreateRecordStream{
		SampleSpec:  proto.SampleSpec{Format: proto.FormatFloat32LE, Channels: 1, Rate: TapRate},
		ChannelMap:  proto.ChannelMap{proto.ChannelMono},
		SourceIndex: at.monitor, DirectOnInputIndex: at.input,
		ChannelVolumes:  proto.ChannelVolumes{0x10000}, // 100 %
		BufferMaxLength: noIndex, BufferFragSize: 4 * tapFragment, AdjustLatency: true, NoMove: true,
		Properties: proto.PropList{"media.name": proto.PropListString("Shared sound")},
	}, &reply)
	if err != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.streams[reply.StreamIndex] = &tapped{at: at, lead: tapLead}
}

// fill takes what a stream sends.
func (t *Tap) fill(index uint32, samples []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.streams[index]; s != nil {
		s.fill(samples)
	}
}

// forget drops a stream that the server has ended, as it does when a program moves to another sink.
func (t *Tap) forget(index uint32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.streams, index)
}

// tapPoint is where a program is heard: its sink input, and the monitor of the sink.
type tapPoint struct{ input, monitor uint32 }

// tapped is one program that is heard.
type tapped struct {
	at      tapPoint
	waiting []float32
	lead    int  // samples that have to wait before it is heard
	heard   bool // it is: so many have waited
}

func (s *tapped) fill(samples []byte) {
	for ; len(samples) >= 4; samples = samples[4:] {
		s.waiting = append(s.waiting, math.Float32frombits(binary.LittleEndian.Uint32(samples)))
	}
	if len(s.waiting) > s.lead+tapSpare {
		s.waiting = append(s.waiting[:0], s.waiting[len(s.waiting)-s.lead:]...)
	}
}

// mix adds what is due to out. The sound card's clock is not the caller's: now and then it takes one sample more or less than it gives,
// which nobody hears.
func (s *tapped) mix(out []float32) {
	if !s.heard {
		if len(s.waiting) < s.lead {
			return
		}
		s.heard = true
	}
	n := len(out)
	switch {
	case len(s.waiting) > s.lead+2*tapFragment+n:
		n++
	case len(s.waiting) < s.lead/2+n:
		n--
	}
	if n <= len(s.waiting) {
		addStretched(out, s.waiting[:n])
	} else { // it ran dry: the program has stopped, or the server sends more at once than was expected
		n = len(s.waiting)
		s.heard, s.lead = false, min(s.lead+tapFragment, tapMostLead)
		add(out, s.waiting)
	}
	s.waiting = append(s.waiting[:0], s.waiting[n:]...)
}

func add(out, in []float32) {
	for i, v := range in[:min(len(in), len(out))] {
		out[i] += v
	}
}

// addStretched adds in, which may have a sample more or less than out.
func addStretched(out, in []float32) {
	if len(in) == len(out) || len(in) < 2 || len(out) < 2 {
		add(out, in)
		return
	}
	step := float64(len(in)-1) / float64(len(out)-1)
	for i := range out {
		at := float64(i) * step
		k := min(int(at), len(in)-2)
		part := float32(at - float64(k))
		out[i] += in[k]*(1-part) + in[k+1]*part
	}
}
