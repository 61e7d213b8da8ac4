//go:build (!gles && !arm && !arm64 && !wasm) || darwin

package ui

import "github.com/go-gl/gl/v2.1/gl"

// renderer names what draws. Fyne has loaded the functions of OpenGL; the context must be current.
func renderer() string { return gl.GoStr(gl.GetString(gl.RENDERER)) }
