package ui

import "fyne.io/fyne/v2"

// tileParts are what an embedding program puts into a tile; each may be nil.
type tileParts struct {
	background, avatar, foreground fyne.CanvasObject

	of   Tile    // what they were made for
	size float32 // that the avatar was made for
}

// build asks for what belongs to a tile, unless it is there. It reports whether anything is another one.
func (p *tileParts) build(c SceneConfig, of Tile, size float32) bool {
	if c.Background == nil && c.Foreground == nil && c.Waiting == nil && c.Avatar == nil || p.of == of && p.size == size {
		return false
	}
	*p = tileParts{of: of, size: size}
	made := func(b TileBuilder) fyne.CanvasObject {
		if b == nil {
			return nil
		}
		return b(of)
	}
	p.background = made(c.Background)
	if p.foreground = made(c.Foreground); of.Waiting && c.Waiting != nil {
		p.foreground = made(c.Waiting)
	}
	if c.Avatar != nil && !of.Share {
		p.avatar = c.Avatar(of.User, size)
	}
	return true
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
