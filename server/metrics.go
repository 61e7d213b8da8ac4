package server

import (
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-calls/parley/engine/signal"
)

// metrics are the figures of one switchboard, in a registry of their own.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	answered prometheus.Histogram
	refused  *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "parley_request_seconds", Help: "Time to answer a request, by verb and by code (ok, or that of the refusal).",
			Buckets: prometheus.ExponentialBuckets(0.00025, 4, 9),
		}, []string{"verb", "code"}),
		answered: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "parley_ring_to_accept_seconds", Help: "Time from the start of a call until its second member joined.",
			Buckets: []float64{0.1, 0.3, 1, 2, 3, 5, 8, 13, 20, 30, 60},
		}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_enrolments_refused_total", Help: "Enrolments that were refused, by code.",
		}, []string{"code"}),
	}
	m.registry.MustRegister(m.requests, m.answered, m.refused)
	return m
}

// watch adds what is read when somebody asks.
func (m *metrics) watch(ns *natsserver.Server, calls, allocations func() int) {
	gauge := func(name, help string, value func() int) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value()) }))
	}
	gauge("parley_connections", "Connections of apps, and two of the switchboard itself.", ns.NumClients)
	gauge("parley_calls", "Calls that have not ended.", calls)
	gauge("parley_turn_allocations", "Relayed addresses in use.", allocations)
}

// verbs bounds the label: an app may ask for any.
var verbs = map[signal.Verb]bool{
	signal.VerbHello: true, signal.VerbSync: true, signal.VerbPeople: true, signal.VerbInvite: true, signal.VerbReceived: true,
	signal.VerbAccept: true, signal.VerbReject: true, signal.VerbCancel: true, signal.VerbJoin: true, signal.VerbLeave: true,
	signal.VerbTURN: true, signal.VerbRenew: true, signal.VerbHistory: true, signal.VerbSeen: true, signal.VerbForget: true,
	signal.VerbDevice: true, signal.VerbBye: true, signal.VerbKick: true, signal.VerbOrder: true, signal.VerbOpen: true,
}

func (m *metrics) observe(verb string, code signal.Code, took time.Duration) {
	if !verbs[signal.Verb(verb)] {
		verb = "other"
	}
	if code == "" {
		code = "ok"
	}
	m.requests.WithLabelValues(verb, string(code)).Observe(took.Seconds())
}

func (m *metrics) refusal(code signal.Code) { m.refused.WithLabelValues(string(code)).Inc() }
