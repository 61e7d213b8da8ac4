package link

import "time"

// Keys under which the dispatcher merges events.
type (
	stateKey    struct{ p *peer }
	keyFrameKey struct {
		k     Kind
		layer uint8
	}
	lossKey    struct{ k Kind }
	bitrateKey struct{ p *peer }
)

// handle runs a handler and counts it while it runs.
func (m *Mesh) handle(call func()) {
	m.handlers.Add(1)
	defer m.handlers.Add(-1)
	call()
}

// post queues a handler. One about a member is left out when the member was removed meanwhile.
func (m *Mesh) post(about *peer, key any, call func()) {
	m.events.post(key, func() {
		if about == nil || about.ctx.Err() == nil {
			m.handle(call)
		}
	})
}

func (m *Mesh) stateChanged(p *peer, s State) {
	if m.options.OnState != nil {
		m.post(p, stateKey{p}, func() { m.options.OnState(p.id, s) })
	}
}

func (m *Mesh) keyFrameWanted(k Kind, layer uint8) {
	if m.options.OnKeyFrame != nil && layer != NoLayer {
		m.post(nil, keyFrameKey{k, layer}, func() { m.options.OnKeyFrame(k, layer) })
	}
}

func (m *Mesh) lossReported(k Kind) { m.lossKinds[k].Store(true) }

// watchRates looks at all paths in turn and reports what our encoders must know.
func (m *Mesh) watchRates() {
	defer close(m.rates)
	tick := time.NewTicker(rateInterval)
	defer tick.Stop()
	for {
		select {
		case <-m.stopRates:
			return
		case <-tick.C:
		}
		now := time.Now()
		peers := m.list()
		for _, p := range peers {
			if bps := p.rate(); p.admitted() && worthReporting(bps, p.reported) {
				p.reported = bps
				if m.options.OnBitrate != nil && bps > 0 {
					m.post(p, bitrateKey{p}, func() { m.options.OnBitrate(p.id, bps) })
				}
			}
		}
		for k := range Kind(Kinds) {
			if m.options.OnLoss != nil && m.lossKinds[k].Swap(false) {
				worst := worstLoss(peers, k, now)
				m.post(nil, lossKey{k}, func() { m.options.OnLoss(k, worst) })
			}
		}
	}
}

// rate lets time pass for a path and returns what it leaves for encoders, in bit/s; 0 while it is not connected.
func (p *peer) rate() int {
	c := p.conn.Load()
	if c == nil || p.reached() != Connected {
		return 0
	}
	if pair, ok := c.dtls.ICETransport().GetSelectedCandidatePairStats(); ok {
		trip := seconds(pair.CurrentRoundTripTime)
		c.trip.Store(int64(trip))
		if trip > 0 && (c.least == 0 || trip < c.least) {
			c.least = trip
		}
		c.pacer.twice.Store(c.least >= repairTwice)
	}
	return int(rateShare * float64(c.estimator.tick()))
}

func worstLoss(peers []*peer, k Kind, now time.Time) float64 {
	worst := 0.0
	for _, p := range peers {
		if c := p.conn.Load(); c != nil {
			worst = max(worst, c.loss[k].get(now, lossAge))
		}
	}
	return worst
}
