package ui

import (
	"bytes"
	"image/png"

	"github.com/fyne-io/image/ico"
)

// trayBytes is a PNG as the tray of this system wants it.
func trayBytes(data []byte) ([]byte, error) {
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = ico.Encode(&out, m)
	return out.Bytes(), err
}
