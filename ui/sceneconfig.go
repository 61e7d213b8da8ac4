package ui

import (
	"fyne.io/fyne/v2"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
)

// SceneConfig is how the people of a call and what they share are shown. Sizes are in Fyne's units; where 0 is Parley's own size,
// a negative one is none.
type SceneConfig struct {
	HideMicrophone bool // tiles do not say whether a microphone is on
	HideCamera     bool // nor that a camera is off
	HideName       bool // nor whose they are
	HideAvatar     bool // no picture or initials where there is no video
	HideRings      bool // nothing moves with a voice
	HideWaiting    bool // those who have not answered have no tile
	HideSelf       bool // we have no tile
	OnlySending    bool // members with camera and microphone off have no tile
	FillPictures   bool // pictures fill their tiles, however much of them is cut off, unless a person wants it otherwise for a tile

	OwnCorner profile.Corner // of our own picture in a call of two, until a person moves it; empty: BottomRight
	OwnSize   float32        // its longer side, until a person changes it; 0: 208
	OwnMargin float32        // from the edges; 0: 16
	NoDrag    bool           // it cannot be moved, nor its size changed
	NoSwap    bool           // a click on a small tile does not bring it to large

	Floating bool          // the small tiles lie over the large one, in a column, rather than beside it, also in a call of more than two
	Strip    int           // how many small tiles are beside a large one or over it, the others on further pages; 0: as many as there is room for
	Big      engine.UserID // who is at large until a person wants somebody else there; empty: who speaks, or the other one
	Gap      float32       // between tiles; 0: 8
	Margin   float32       // around them; 0: 8
	Radius   float32       // of their corners; 0: 12

	Foreground TileBuilder                                             // over a tile, in place of the name and the marks
	Background TileBuilder                                             // behind the avatar of a tile without video
	Waiting    TileBuilder                                             // in place of the words on a tile of somebody who has not answered
	Avatar     func(u engine.User, size float32) fyne.CanvasObject     // in place of picture or initials; it may return nil
	Arrange    func(tiles []Tile, size fyne.Size) (places []TilePlace) // in place of all layouts: where each of the tiles is, in their order
}

// Tile says what a tile shows.
type Tile struct {
	Call               engine.CallID
	User               engine.User
	Self, Share        bool // it is ours; it shows what the user shares, not the user
	Waiting            bool // the user has not answered
	Microphone, Camera bool // are on
	Held               bool // by the user
}

// TileBuilder makes a part of a tile. It is asked on Fyne's goroutine, once for each tile and again when what it was told is not so
// any more. It may return nil: then Parley's own is shown.
type TileBuilder func(Tile) fyne.CanvasObject

// TilePlace is where a tile is. One without a size is not shown.
type TilePlace struct {
	At   fyne.Position
	Size fyne.Size
}
