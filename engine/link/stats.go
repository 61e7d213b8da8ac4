package link

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
)

// Stats returns the figures of the moment.
func (m *Mesh) Stats() Stats {
	s := Stats{Members: map[MemberID]MemberStats{}}
	for _, p := range m.list() {
		figures := MemberStats{State: p.reached()}
		if c := p.conn.Load(); c != nil {
			c.fill(&figures)
		}
		s.Members[p.id] = figures
	}
	return s
}

func (c *conn) fill(s *MemberStats) {
	if !c.started.Load() {
		return // pion does not guard its transports while they start
	}
	ice := c.dtls.ICETransport()
	if pair, err := ice.GetSelectedCandidatePair(); err == nil && pair != nil && pair.Local != nil && pair.Remote != nil {
		s.Path = worsePath(pair.Local.Typ, pair.Remote.Typ).String()
	}
	if pair, ok := ice.GetSelectedCandidatePairStats(); ok {
		s.RoundTrip = seconds(pair.CurrentRoundTripTime)
	}
	for k := range Kind(Kinds) {
		s.In[k] = c.incoming(k)
		s.Out[k] = c.outgoing(k)
	}
}

func (c *conn) incoming(k Kind) TrackStats {
	ssrc := c.in[k].ssrc.Load()
	if ssrc == 0 {
		return TrackStats{}
	}
	t := TrackStats{Jitter: c.in[k].jitterTime(), Retransmitted: c.in[k].resent.Load()}
	if s := c.streams.Get(ssrc); s != nil {
		in := s.InboundRTPStreamStats
		t.Packets, t.Bytes, t.Lost = in.PacketsReceived, in.BytesReceived, in.PacketsLost
		t.NACKs, t.PLIs = uint64(in.NACKCount), uint64(in.PLICount)+uint64(in.FIRCount)
	}
	return t
}

func (c *conn) outgoing(k Kind) TrackStats {
	encodings := c.media[k].Sender().GetParameters().Encodings
	if len(encodings) == 0 {
		return TrackStats{}
	}
	ssrc := uint32(encodings[0].SSRC)
	var t TrackStats
	t.Retransmitted, t.Dropped = c.pacer.counts(ssrc)
	if s := c.streams.Get(ssrc); s != nil {
		out, remote := s.OutboundRTPStreamStats, s.RemoteInboundRTPStreamStats
		t.Packets, t.Bytes = out.PacketsSent, out.BytesSent
		t.NACKs, t.PLIs = uint64(out.NACKCount), uint64(out.PLICount)+uint64(out.FIRCount)
		t.Lost, t.Jitter = remote.PacketsLost, seconds(remote.Jitter)
	}
	return t
}

// worsePath returns the end that is farther from a direct path.
func worsePath(a, b webrtc.ICECandidateType) webrtc.ICECandidateType {
	rank := map[webrtc.ICECandidateType]int{
		webrtc.ICECandidateTypeHost: 1, webrtc.ICECandidateTypeSrflx: 2, webrtc.ICECandidateTypePrflx: 3,
		webrtc.ICECandidateTypeRelay: 4,
	}
	if rank[a] >= rank[b] {
		return a
	}
	return b
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// lossReport is the latest loss that a receiver reported.
type lossReport struct {
	mu       sync.Mutex
	fraction float64
	at       time.Time
	since    rtcp.ReceptionReport // what comes next is counted from it
}

// set takes a report, from whoever it comes.
func (l *lossReport) set(r rtcp.ReceptionReport, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	expected := r.LastSequenceNumber - l.since.LastSequenceNumber
	switch {
	case r.SSRC != l.since.SSRC || expected > math.MaxUint16: // the first one, or nonsense
		l.fraction = float64(r.FractionLost) / 256
	case expected < lossPackets:
		return
	default:
		lost := max(int(r.TotalLost)-int(l.since.TotalLost), 0)
		l.fraction = min(float64(lost)/float64(expected), 1)
	}
	l.at, l.since = at, r
}

// get returns 0 for a report that is older than the given age.
func (l *lossReport) get(now time.Time, age time.Duration) float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.at) > age {
		return 0
	}
	return l.fraction
}

// arrival are figures of one incoming track.
type arrival struct {
	ssrc   atomic.Uint32
	resent atomic.Uint64

	mu     sync.Mutex
	jitter float64 // seconds, RFC 3550 section 6.4.1
	stamp  uint32
	last   time.Time
}

func (a *arrival) note(stamp uint32, at time.Time, clock uint32, resent bool) {
	if resent {
		a.resent.Add(1)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.last.IsZero() {
		d := at.Sub(a.last).Seconds() - float64(int32(stamp-a.stamp))/float64(clock)
		a.jitter += (max(d, -d) - a.jitter) / 16
	}
	a.stamp, a.last = stamp, at
}

func (a *arrival) jitterTime() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return time.Duration(a.jitter * float64(time.Second))
}
