package link

import (
	"sync"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/cc"
	"github.com/pion/rtcp"

	"github.com/parley-calls/parley/engine/link/congestion"
)

// estimator gives [congestion.Estimator] what it needs of one path: the times of what the pacer sends, the feedback of the other end,
// and probes. It owns the pacer.
type estimator struct {
	pacer *pacer
	born  time.Time

	mu      sync.Mutex
	path    *congestion.Estimator
	history congestion.History
}

var _ cc.BandwidthEstimator = (*estimator)(nil)

func newEstimator() *estimator {
	e := &estimator{
		born: time.Now(),
		path: congestion.New(congestion.Options{Start: startBitrate, Min: minBitrate, Max: maxBitrate}),
	}
	e.pacer = newPacer(startBitrate, e.sent)
	return e
}

// sent notes a packet that leaves the pacer.
func (e *estimator) sent(number uint16, size, cluster int) {
	now := time.Since(e.born)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.history.Add(number, congestion.Packet{Sent: now, Size: size, Cluster: cluster})
	e.path.Sent(now)
}

// AddStream makes the pacer send a stream.
func (e *estimator) AddStream(info *interceptor.StreamInfo, w interceptor.RTPWriter) interceptor.RTPWriter {
	e.pacer.add(info, w)
	return e.pacer
}

// WriteRTCP takes feedback.
func (e *estimator) WriteRTCP(packets []rtcp.Packet, _ interceptor.Attributes) error {
	for _, p := range packets {
		if f, ok := p.(*rtcp.TransportLayerCC); ok {
			e.feedback(f)
		}
	}
	return nil
}

func (e *estimator) feedback(f *rtcp.TransportLayerCC) {
	now := time.Since(e.born)
	probes := e.pacer.canProbe()
	e.mu.Lock()
	defer e.mu.Unlock()
	told := e.history.Read(f)
	if len(told) == 0 {
		return
	}
	e.path.Feedback(now, told)
	e.pacer.setTarget(e.path.Target())
	e.pacer.full.Store(e.path.Full())
	if !probes {
		return
	}
	if c, ok := e.path.Probe(now); ok {
		e.pacer.probe(c)
	}
}

// tick lets time pass and returns the estimate, in bit/s.
func (e *estimator) tick() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.path.Tick(time.Since(e.born))
	target := e.path.Target()
	e.pacer.setTarget(target)
	return target
}

// GetTargetBitrate returns the estimate, in bit/s. It bounds retransmissions.
func (e *estimator) GetTargetBitrate() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.path.Target()
}

// OnTargetBitrateChange is of the interface; nobody is called, for [Mesh] looks.
func (e *estimator) OnTargetBitrateChange(func(int)) {}

// GetStats is of the interface.
func (e *estimator) GetStats() map[string]any { return nil }

// Close ends the pacer without waiting.
func (e *estimator) Close() error { return e.pacer.Close() }
