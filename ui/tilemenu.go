package ui

import (
	"fyne.io/fyne/v2"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
)

// menu implements [felt].
func (c *scene) menu(at fyne.Position) bool {
	p, ok := c.places.at(at)
	if ok {
		c.openMenu(p, at)
	}
	return ok
}

// openMenu shows what can be done about a tile, for as long as it is there.
func (c *scene) openMenu(p placed, at fyne.Position) {
	s, call := c.cast[p.tileID], c.call.ID
	var slider fyne.CanvasObject
	if c.Volume != nil && s.inside && !s.self && !s.share {
		slider = inset(4, 0, 8, 4, c.Volume(s.user.ID))
	}
	driver := fyne.CurrentApp().Driver()
	at = at.Add(driver.AbsolutePositionForObject(c.ground)).Subtract(driver.AbsolutePositionForObject(c.Menu.root))
	c.Menu.open(func() []entry {
		now, there := c.cast[p.tileID]
		if !there || c.call.ID != call || now.inside != s.inside {
			return nil
		}
		all := c.acts(now)
		if slider != nil {
			all = append(all, entry{object: slider})
		}
		return all
	}, at.X, at.Y, at.Y > c.Menu.root.Size().Height*0.6)
}

// acts are what can be done about a tile.
func (c *scene) acts(s seat) []entry {
	t, call, id, user := c.tiles[s.id()], c.call.ID, s.id(), s.user
	var out []entry
	add := func(symbol assets.Symbol, key string, do func()) {
		out = append(out, entry{face: face{symbol: symbol, label: word(key)}, do: do})
	}
	if len(c.cast) > 1 {
		if c.pinned == id {
			add(assets.PinOff, "tile.unpin", func() { c.pin(id) })
		} else {
			add(assets.Pin, "tile.pin", func() { c.pin(id) })
		}
	}
	if v := t.shared; v != nil && !v.whole() {
		add(assets.Fit, "watch.fit", v.fit)
	}
	switch {
	case s.share && !s.self && c.Open != nil:
		add(assets.Fullscreen, "call.fullscreen", func() { c.Open(user.ID) })
	case s.share && s.self:
		add(assets.StopShare, "share.stop", func() { c.Commands.stopShare(call) })
	case !s.share && s.camera && t.cropsAll():
		add(assets.Fit, "tile.fit", func() { c.frame(id, false) })
	case !s.share && s.camera:
		add(assets.Fill, "tile.fill", func() { c.frame(id, true) })
	}
	if s.self && !s.share && s.camera {
		add(assets.Mirror, "tile.mirror", func() {
			c.Save(func(v *profile.Settings) { v.MirrorSelf = !v.MirrorSelf })
			c.settle(c.size)
		})
	}
	if s.share || s.self {
		return out
	}
	switch s.offer {
	case offerCancel:
		add(assets.Close, "call.cancel", func() { c.Commands.takeBack(call, user.ID) })
	case offerAgain:
		add(assets.Phone, "call.again", func() { c.Commands.inviteInto(call, user.ID) })
	}
	if !s.inside || !c.call.Moderator {
		return out
	}
	return append(out, hostActs(c.Host, call, user, s.microphone, s.camera)...)
}

// hostActs are what a moderator may do about a member whose devices are on or off.
func hostActs(h hostCommands, call engine.CallID, user engine.User, microphone, camera bool) []entry {
	var out []entry
	add := func(symbol assets.Symbol, key string, do func()) {
		out = append(out, entry{face: face{symbol: symbol, label: word(key)}, do: do})
	}
	if microphone {
		add(assets.MicrophoneOff, "tile.mute", func() { h.setOthersMicrophone(call, false, user.ID) })
	} else {
		add(assets.Microphone, "tile.unmute", func() { h.setOthersMicrophone(call, true, user.ID) })
	}
	if camera {
		add(assets.CameraOff, "tile.camera.stop", func() { h.setOthersCamera(call, false, user.ID) })
	} else {
		add(assets.Camera, "tile.camera.start", func() { h.setOthersCamera(call, true, user.ID) })
	}
	return append(out, entry{face: face{symbol: assets.Close, label: word("call.remove"), tone: toneRed}, do: func() { h.remove(call, user) }})
}

// frame fills a tile with its picture, or shows all of it, in this call.
func (c *scene) frame(id tileID, fill bool) {
	c.fills[id] = fill
	c.settle(c.size)
}
