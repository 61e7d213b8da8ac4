//go:build !((!gles && !arm && !arm64 && !wasm) || darwin)

package ui

// renderer is not known where Fyne draws with another OpenGL.
func renderer() string { return "" }
