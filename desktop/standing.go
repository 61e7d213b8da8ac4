package desktop

// Standing is what the desktop does for the program for as long as it is so. The zero value asks for nothing.
type Standing struct {
	Awake  string  // why the machine must not fall asleep and its screen must stay on, for people; empty: they may do as they like
	Count  int     // of what is new, on the program's icon in the task bar; 0: nothing is
	Urgent bool    // that icon calls for attention, and Window does
	Window uintptr // as the system knows it: of X, or an HWND; 0: none
}

// Keep asks for a standing in place of the one before. What this desktop cannot do of it is left out, see [Desktop.Can]. All of it ends
// with the program, however that ends.
func (d *Desktop) Keep(s Standing) {
	d.mu.Lock()
	d.standing = s
	d.mu.Unlock()
	d.rouse()
}

// stands is the standing that was asked for last.
func (d *Desktop) stands() Standing {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.standing
}

// look is the part of a standing that is seen on a window.
func (s Standing) look() (window uintptr) {
	if s.Urgent {
		return s.Window
	}
	return 0
}

// attend has the window of the standing call for attention, and the one of the standing before no more.
func (d *Desktop) attend(before, now Standing) {
	old, window := before.look(), now.look()
	if old == window {
		return
	}
	for w, on := range map[uintptr]bool{old: false, window: true} {
		if w == 0 {
			continue
		}
		if err := demand(w, on); err != nil && on { // a window that is to be quiet may be gone
			d.log.Info("a window does not call for attention", "err", err)
		}
	}
}
