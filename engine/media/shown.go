package media

// Taken counts the pictures that the window of the busiest attached view has taken so far.
func (f *Feed) Taken() uint64 {
	f.mu.Lock()
	attached := f.attached
	f.mu.Unlock()
	most := uint64(0)
	for _, a := range attached {
		most = max(most, a.view.Stats().Taken)
	}
	return most
}
