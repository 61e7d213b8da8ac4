package link

import (
	"math"
	"time"
)

// Bit rates of one path, for all our media together, in bit/s.
const (
	startBitrate = 1_000_000
	minBitrate   = 150_000
	maxBitrate   = 3_000_000
)

// Figures of the rate control.
const (
	rateInterval = 200 * time.Millisecond // how often paths are looked at
	rateShare    = 0.9                    // of a path's rate that encoders get; the rest is for headers and repair
	rateChange   = 0.03                   // smallest change worth a report
	calmLoss     = 0.02                   // fraction of packets; below it a path counts as calm
	calmTime     = 2 * time.Second        // how long a path must be calm at its floor before we climb by ourselves
	climb        = 1.08                   // per second
	lossAge      = 5 * time.Second        // a receiver report older than that says nothing
	floorBitrate = minBitrate * 105 / 100 // an estimate up to here lies at its floor
)

// pathRate is what we send on one path. It follows the estimate of congestion control, but does not stay with it at the
// floor: after a dip pion's estimator may rest there for a quarter of a minute on a path that is free again, so that we
// climb ourselves as long as nothing is lost.
type pathRate struct {
	target   float64
	estimate float64       // the previous one
	calm     time.Duration // at the floor
	climbing bool          // the target is ahead of the estimate
}

// next returns the rate after a step of time, given the estimate in bit/s and the loss that receivers report.
func (r pathRate) next(estimate int, loss float64, step time.Duration) pathRate {
	e := float64(min(max(estimate, minBitrate), maxBitrate))
	fell := e < r.estimate*(1-rateChange)
	r.estimate = e
	if fell || loss >= calmLoss || !r.climbing && e > floorBitrate {
		return pathRate{target: e, estimate: e}
	}
	r.target = max(r.target, e)
	if r.calm += step; r.calm < calmTime {
		return r
	}
	r.climbing = e <= floorBitrate || e < r.target // until the estimate has caught up
	if r.climbing {
		r.target = min(r.target*math.Pow(climb, step.Seconds()), maxBitrate)
	}
	return r
}

// worthReporting says whether a rate differs enough from the one reported last; 0 means none.
func worthReporting(bps, reported int) bool {
	return math.Abs(float64(bps-reported)) >= rateChange*float64(reported)
}
