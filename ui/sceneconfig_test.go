package ui

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"

	"github.com/parley-calls/parley/engine"
)

func TestTilesAsAProgramWants(t *testing.T) {
	for name, x := range map[string]struct {
		change func(*SceneConfig)
		call   func(*engine.CallState)
		wrong  func(*scene) bool
	}{
		"no names":            {func(c *SceneConfig) { c.HideName = true }, nil, func(c *scene) bool { return c.tileOf(bob.ID).chip != "" }},
		"no microphones":      {func(c *SceneConfig) { c.HideMicrophone = true }, nil, func(c *scene) bool { return c.tileOf(bob.ID).mark != "" }},
		"no cameras":          {func(c *SceneConfig) { c.HideCamera = true }, nil, func(c *scene) bool { return c.tileOf("m0").tags.cameraOff }},
		"cameras":             {func(*SceneConfig) {}, nil, func(c *scene) bool { return !c.tileOf("m0").tags.cameraOff }},
		"not ourselves":       {func(c *SceneConfig) { c.HideSelf = true }, nil, func(c *scene) bool { return c.tileOf(ana.ID) != nil }},
		"only those who send": {func(c *SceneConfig) { c.OnlySending = true }, func(c *engine.CallState) { c.Members[0].Microphone, c.Members[0].Camera = false, false }, func(c *scene) bool { return c.tileOf(bob.ID) != nil || c.tileOf("m0") == nil }},
		"nobody who waits":    {func(c *SceneConfig) { c.HideWaiting = true }, asked(cyd, "ringing"), func(c *scene) bool { return c.tileOf(cyd.ID) != nil }},
		"no avatars":          {func(c *SceneConfig) { c.HideAvatar = true }, nil, func(c *scene) bool { return c.tileOf("m0").portrait.Visible() }},
		"no rings":            {func(c *SceneConfig) { c.HideRings = true }, nil, func(c *scene) bool { return c.tileOf("m0").ripple.target != 0 || c.tileOf(bob.ID).voice }},
		"pictures that fill":  {func(c *SceneConfig) { c.FillPictures = true }, nil, func(c *scene) bool { return !c.tileOf(bob.ID).cropped }},
		"square ones":         {func(c *SceneConfig) { c.Radius = -1 }, nil, func(c *scene) bool { return c.tileOf(bob.ID).corner != 0 }},
		"somebody at large":   {func(c *SceneConfig) { c.Big = "m0" }, nil, func(c *scene) bool { return c.places.tiles[0].tileID.user != "m0" }},
		"floating ones":       {func(c *SceneConfig) { c.Floating = true }, nil, func(c *scene) bool { return c.group || c.places.tiles[0].role != roleAll }},
		"an own arrangement": {
			func(c *SceneConfig) {
				c.Arrange = func(tiles []Tile, size fyne.Size) []TilePlace {
					return []TilePlace{{}, {At: fyne.NewPos(5, 5), Size: fyne.NewSize(50, 40)}}
				}
			}, nil, func(c *scene) bool {
				return len(c.places.tiles) != 1 || c.tiles[c.places.tiles[0].tileID].Size() != fyne.NewSize(50, 40)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStageOn(t, nil, func(p *Params) { x.change(&p.Config.Scene) })
			off := func(c *engine.CallState) { c.Members[1].Camera = false }
			changes := []func(*engine.CallState){joinedBy(1), off}
			if x.call != nil {
				changes = append(changes, x.call)
			}
			s.enter(world(inCall(changes...)))
			s.ui.applyNow()
			if x.wrong(s.ui.pages.call.scene) {
				t.Errorf("the tiles are %+v", s.ui.pages.call.scene.places)
			}
		})
	}
}

func TestProgramsMakePartsOfTiles(t *testing.T) {
	made := map[string]int{}
	part := func(name string) TileBuilder {
		return func(Tile) fyne.CanvasObject {
			made[name]++
			return newSurface(colorTile)
		}
	}
	s := newStageOn(t, nil, func(p *Params) {
		p.Config.Scene = SceneConfig{
			Foreground: part("foreground"), Background: part("background"), Waiting: part("waiting"),
			Avatar: func(engine.User, float32) fyne.CanvasObject { made["avatar"]++; return newSurface(colorCard) },
		}
	})
	s.enter(world(inCall(asked(cyd, "ringing"))))
	c := s.ui.pages.call.scene
	if made["foreground"] != 2 || made["background"] != 3 || made["waiting"] != 1 || made["avatar"] < 3 {
		t.Errorf("asked for %v", made)
	}
	before := fmt.Sprint(made)
	s.ui.applyNow()
	if fmt.Sprint(made) != before {
		t.Errorf("asked again for what is so still: %v, then %v", before, made)
	}
	if tile := c.tileOf(bob.ID); tile.chip != "" || tile.portrait.Visible() || !sees(tile, tile.parts.foreground) || !sees(tile, tile.parts.avatar) {
		t.Error("what was made is not seen in place of ours")
	}
	if c.tileOf(cyd.ID).over != (remark{}) {
		t.Error("our words stand under those of the program")
	}
}
