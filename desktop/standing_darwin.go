package desktop

import (
	"os"
	"os/exec"
	"strconv"
)

// vigil keeps the machine and its screen awake with a tool of the system, which ends with this process in any case.
type vigil struct {
	caffeinate *exec.Cmd // nil: they may sleep
}

func (v *vigil) keep(on bool) error {
	if v.caffeinate != nil {
		_ = v.caffeinate.Process.Kill()
		_ = v.caffeinate.Wait() // it says that it was killed
		v.caffeinate = nil
	}
	if !on {
		return nil
	}
	c := exec.Command("caffeinate", "-d", "-i", "-w", strconv.Itoa(os.Getpid()))
	if err := c.Start(); err != nil {
		return err
	}
	v.caffeinate = c
	return nil
}

// demand cannot be done without the system's own language; see Attention in [Desktop.Can].
func demand(uintptr, bool) error { return ErrUnsupported }
