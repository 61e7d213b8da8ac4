package desktop

import "context"

// Which links a program opens stands in its bundle (CFBundleURLTypes), and the system chooses among programs.

func (d *Desktop) opensLinks(context.Context) (bool, error) { return false, ErrUnsupported }

func (d *Desktop) openLinks(context.Context) error { return ErrUnsupported }
