package media

import (
	"image"
	"time"
)

// Layers is in how many sizes a picture can be sent at once.
const Layers = 3

// layerBoxes are the largest sizes of the layers.
var layerBoxes = [Layers]image.Point{{maxPicture, maxPicture}, {640, 360}, {320, 180}}

// lane makes the pictures of one layer: it shrinks them and has their encoder. One whose layer is not wanted costs nothing.
type lane struct {
	layer uint8
	box   image.Point
	bps   int // 0: not wanted; guarded by the sender
	gate  keyGate
	at    time.Duration // of the last frame; likewise
	thins bool          // every second frame is to be a spare one; likewise
	card  bool          // the graphics card coded the last frame; likewise

	ladder *ladder // used by the sender's goroutine only, from here on
	pacer  pacer
	enc    *videoEncoder
	small  shrinker
	spared bool // the last frame was a spare one

	// How the next picture is coded.
	key   bool
	first bool // it is the largest of those that are sent
	most  image.Point
}

func newLane(layer uint8, codec Video) lane {
	return lane{layer: layer, box: layerBoxes[layer], ladder: newLadder(codec), enc: newVideoEncoder(codec)}
}

// shrink makes img small enough, keeping its shape.
func (l *lane) shrink(img *image.YCbCr) (*image.YCbCr, error) {
	src, err := planesOf(img)
	if err != nil {
		return nil, err
	}
	if w, h := l.size(src.w, src.h); w < src.w || h < src.h {
		return l.small.to(src, w, h).image(), nil
	}
	return img, nil
}

// size is that in which pictures of w × h are sent.
func (l *lane) size(w, h int) (int, int) {
	if w <= l.most.X && h <= l.most.Y {
		return w, h
	}
	return fitInside(w, h, l.most.X, l.most.Y)
}
