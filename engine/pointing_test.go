package engine

import (
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestPointing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var told []pointer
		p := pointing{send: func(at pointer) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, at)
		}}
		for n := range 1000 { // a mouse for a second
			p.point(pointer{"bob", float32(n) / 1000, 0})
			time.Sleep(time.Millisecond)
		}
		time.Sleep(pointPause)
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		if len(told) < 25 || len(told) > 31 {
			t.Errorf("told %d places in a second", len(told))
		}
		if last := told[len(told)-1]; last.X != 0.999 {
			t.Errorf("the last one told is %+v", last)
		}

		p.see("cyd", pointer{"bob", 0.5, 0.25})
		p.see("ana", pointer{"bob", 1, 0})
		if on := p.on("bob"); len(on) != 2 || on[0].User.ID != "ana" || on[1].X != 0.5 || on[1].Y != 0.25 || len(p.on("ana")) != 0 {
			t.Errorf("%+v", on)
		}
		p.see("cyd", pointer{"ana", 0, 0})
		if len(p.on("bob")) != 1 || len(p.on("ana")) != 1 {
			t.Error("cyd points at two pictures")
		}
		time.Sleep(PointerTime)
		if len(p.on("bob")) != 1 {
			t.Error("a pointer went too early")
		}
		time.Sleep(time.Nanosecond)
		if len(p.on("bob")) != 0 || len(p.seen["bob"]) != 0 {
			t.Error("a pointer stays")
		}
		p.see("cyd", pointer{"ana", 0, 0})
		p.see("ana", pointer{"cyd", 0, 0})
		p.forget("cyd")
		if len(p.on("ana"))+len(p.on("cyd")) != 0 {
			t.Error("who has gone still points, or is pointed at")
		}
	})
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	nan := float32(math.NaN())
	for p, want := range map[pointer]bool{
		{X: 0, Y: 0}: true, {X: 1, Y: 1}: true, {X: -0.01, Y: 0}: false, {X: 0, Y: 1.01}: false, {X: nan}: false, {Y: float32(math.Inf(1))}: false,
	} {
		if p.inside() != want {
			t.Errorf("%+v: %v", p, !want)
		}
	}
}
