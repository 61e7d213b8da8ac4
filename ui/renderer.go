package ui

import "strings"

// software reports whether OpenGL of that name draws on the processor.
func software(renderer string) bool {
	renderer = strings.ToLower(renderer)
	for _, name := range []string{"llvmpipe", "softpipe", "swiftshader", "software rasterizer", "gdi generic"} {
		if strings.Contains(renderer, name) {
			return true
		}
	}
	return false
}
