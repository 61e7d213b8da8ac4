package media

import (
	"math"
	"slices"
	"time"

	"github.com/parley-calls/parley/engine/media/internal/vaapi"
)

// worthPixels is the largest picture that the processor codes itself: that costs it little, and at rates for which pictures are so small it
// makes more of them.
const worthPixels = 640 * 360

// backlog is how far a card may be ahead of its bit rate before a picture is left out.
const backlog = 500 * time.Millisecond

// onCard is the part of an encoder that has the graphics card.
type onCard struct {
	loan      *loan // nil while the card is not known to be good
	coded     bool  // it coded the last frame, not the processor
	quantizer int   // of that
	bucket    bucket
	tempo     tempo
}

func (o *onCard) close() {
	if o.loan != nil {
		o.loan.close()
	}
	*o = onCard{}
}

// borrow returns what codes a picture in place of the processor; nil if nothing does.
func (e *videoEncoder) borrow(p planes) *vaapi.Coder {
	if e.card == nil || e.format != VP8 || e.text || p.w*p.h <= worthPixels || p.w*p.h > vaapi.MaxPixels {
		return nil
	}
	if e.onCard.loan == nil {
		e.onCard.loan = e.card.lend()
	}
	if e.onCard.loan == nil {
		return nil
	}
	return e.onCard.loan.ready()
}

// encodeOnCard is encode. After an error the card is only good for closing.
func (e *videoEncoder) encodeOnCard(coder *vaapi.Coder, p planes, at time.Duration, forceKey bool) (frame []byte, key bool, err error) {
	o := &e.onCard
	bps := e.kbps() * 1000
	o.tempo.add(at)
	full := o.bucket.leak(at, bps)
	key = forceKey || e.c != nil // who watches has pictures of the processor
	if full && !key {
		return nil, false, nil
	}
	f, err := coder.Encode(&vaapi.Picture{
		Y: p.y, U: p.u, V: p.v, YStride: p.yStride, UVStride: p.uvStride, Width: p.w, Height: p.h,
		BitRate: bps, FrameRate: o.tempo.perSecond(), Key: key, Spare: e.spare && !key,
	})
	if err == nil {
		err = checkFrame(f, p.w, p.h)
	}
	if err == nil && key && !f.Key {
		err = errNoKeyFrame
	}
	if err != nil {
		return nil, false, err
	}
	e.closeSoftware()
	o.bucket.fill(len(f.Data))
	o.coded, o.quantizer = true, f.Quantizer
	e.frame = append(e.frame[:0], f.Data...)
	return e.frame, f.Key, nil
}

// bucket is what a card has coded and a path of the bit rate has not taken yet: drivers leave no pictures out, and a queue in the network
// would be worse.
type bucket struct {
	bits float64
	last time.Duration
}

// leak takes out what has passed until a picture, and reports whether the rest is too much.
func (b *bucket) leak(at time.Duration, bps int) (full bool) {
	b.bits = max(0, b.bits-float64(bps)*(at-b.last).Seconds())
	b.last = at
	return b.bits > float64(bps)*backlog.Seconds()
}

func (b *bucket) fill(bytes int) { b.bits += float64(8 * bytes) }

// tempo is how many pictures come in a second, in steps: drivers begin anew with each change.
type tempo struct {
	last time.Duration
	gaps [5]time.Duration // the newest
	n    int
}

var tempoSteps = [...]float64{5, 8, 10, 15, 20, 30, 60}

func (t *tempo) add(at time.Duration) {
	t.gaps[t.n%len(t.gaps)] = at - t.last
	t.last = at
	t.n++
}

func (t *tempo) perSecond() int {
	if t.n <= len(t.gaps) { // the first gap is none
		return 30
	}
	gaps := t.gaps
	slices.Sort(gaps[:])
	fps := 1 / max(gaps[len(gaps)/2], time.Millisecond).Seconds()
	best := slices.MinFunc(tempoSteps[:], func(a, b float64) int {
		if math.Abs(math.Log(a/fps)) < math.Abs(math.Log(b/fps)) {
			return -1
		}
		return 1
	})
	return int(best)
}
