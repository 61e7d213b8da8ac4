package link

import (
	"math"
	"time"
)

// Bit rates of one path, for all our media together with all headers, in bit/s.
const (
	startBitrate = 1_000_000
	minBitrate   = 50_000
	maxBitrate   = 3_000_000
)

// Figures of what is reported of them.
const (
	rateInterval = 200 * time.Millisecond // how often paths are looked at
	rateShare    = 0.9                    // of a path's rate that encoders get; the rest is for headers and repair
	rateChange   = 0.03                   // smallest change worth a report
	lossAge      = 5 * time.Second        // a receiver report older than that says nothing
	lossPackets  = 30                     // a loss is of at least so many packets: of a voice that pauses, a report covers ten
)

// worthReporting says whether a rate differs enough from the one reported last; 0 means none.
func worthReporting(bps, reported int) bool {
	return bps != reported && math.Abs(float64(bps-reported)) >= rateChange*float64(reported)
}
