package profile

import (
	"errors"
	"os"
	"path/filepath"
)

// writeWhole writes a file whole or not at all. renameio leaves Windows out, for a rename is not promised to be atomic there; in practice it
// is, and the old file stays if it fails.
func writeWhole(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.new")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
