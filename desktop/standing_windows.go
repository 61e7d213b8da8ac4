package desktop

import (
	"fmt"
	"unsafe"
)

// Flags of SetThreadExecutionState.
const (
	awakeSystem     = 0x1
	awakeDisplay    = 0x2
	awakeContinuous = 0x80000000
)

// vigil keeps the machine and its screen awake, for as long as the thread lives that asked for it.
type vigil struct{}

// keep is called on one thread only.
func (vigil) keep(on bool) error {
	flags := uintptr(awakeContinuous)
	if on {
		flags |= awakeSystem | awakeDisplay
	}
	if err := executionState.Find(); err != nil {
		return err
	}
	if was, _, err := executionState.Call(flags); was == 0 {
		return fmt.Errorf("SetThreadExecutionState: %w", err)
	}
	return nil
}

// Flags of FlashWindowEx.
const (
	flashStop       = 0
	flashAll        = 0x3 // the caption and the button in the task bar
	flashUntilFront = 0xC
)

// demand lets a window flash until somebody looks at it, or no more.
func demand(window uintptr, on bool) error {
	if err := flashWindow.Find(); err != nil {
		return err
	}
	info := struct {
		size    uint32
		window  uintptr
		flags   uint32
		count   uint32
		timeout uint32 // milliseconds; 0: as the cursor blinks
	}{window: window, flags: flashStop}
	info.size = uint32(unsafe.Sizeof(info))
	if on {
		info.flags = flashAll | flashUntilFront
	}
	_, _, _ = flashWindow.Call(uintptr(unsafe.Pointer(&info))) // it returns what the window looked like before
	return nil
}
