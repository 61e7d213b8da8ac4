package ui

import "fyne.io/fyne/v2"

// tileParts are what an embedding program puts into a tile; each may be nil.
type tileParts struct {
	background, avatar, foreground fyne.CanvasObject

	of   Tile    // what they were made for
	size float32 // that the avatar was made for, in steps
}

// avatarStep is by how much the size of an avatar changes before another one is asked for.
const avatarStep = 16

// build asks for what belongs to a tile, unless it is there. It reports whether anything is another one.
func (p *tileParts) build(c SceneConfig, of Tile, size float32) bool {
	size = float32(int(size/avatarStep+0.5)) * avatarStep
	changed := false
	if p.of != of && (c.Background != nil || c.Foreground != nil || c.Waiting != nil) {
		over := c.Foreground
		if of.Waiting && c.Waiting != nil {
			over = c.Waiting
		}
		p.background, p.foreground = made(c.Background, of), made(over, of)
		changed = true
	}
	if c.Avatar != nil && !of.Share && (p.of.User != of.User || p.size != size) {
		p.avatar, p.size = c.Avatar(of.User, size), size
		changed = true
	}
	p.of = of
	return changed
}

func made(b TileBuilder, of Tile) fyne.CanvasObject {
	if b == nil {
		return nil
	}
	return b(of)
}

func (p *tileParts) resize(s fyne.Size) {
	for _, o := range []fyne.CanvasObject{p.background, p.foreground} {
		if o != nil {
			o.Resize(s)
		}
	}
}

func (p *tileParts) under() []fyne.CanvasObject   { return some(p.background) }
func (p *tileParts) instead() []fyne.CanvasObject { return some(p.avatar) }
func (p *tileParts) over() []fyne.CanvasObject    { return some(p.foreground) }

func some(o fyne.CanvasObject) []fyne.CanvasObject {
	if o == nil {
		return nil
	}
	return []fyne.CanvasObject{o}
}
