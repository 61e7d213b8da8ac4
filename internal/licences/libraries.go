package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// library is one in C or C++. What a library of the system may link with in turn is the matter of the system's packages.
type library struct {
	name, version, licence, url string
	linked                      string // the names by which the linker, or pkg-config, is asked for it
	module, folder              string // which brings it along, and where its text is in there
}

var libraries = []library{
	{name: "GLFW", version: "3.4", licence: "Zlib", url: "https://www.glfw.org", module: "github.com/go-gl/glfw/v3.4/glfw", folder: "glfw"},
	{name: "miniaudio", licence: "Unlicense OR MIT-0", url: "https://miniaud.io", module: "github.com/gen2brain/malgo"},
	{name: "libopus", version: "1.3.1", licence: "BSD-3-Clause", url: "https://opus-codec.org", linked: "libopus-linux-x64.a libopus-linux-arm64.a", module: "github.com/pion/mediadevices"},
	{name: "libvpx", licence: "BSD-3-Clause", url: "https://www.webmproject.org", linked: "vpx"},
	{name: "libyuv", licence: "BSD-3-Clause", url: "https://chromium.googlesource.com/libyuv/libyuv", linked: "yuv"},
	{name: "PortAudio", licence: "MIT", url: "https://www.portaudio.com", linked: "portaudio-2.0"},
	{name: "webrtc-audio-processing", licence: "BSD-3-Clause", url: "https://www.freedesktop.org/software/pulseaudio/webrtc-audio-processing/", linked: "webrtc-audio-processing"},
	{name: "libstdc++", licence: "GPL-3.0-or-later WITH GCC-exception-3.1", url: "https://gcc.gnu.org/onlinedocs/libstdc++/", linked: "stdc++"},
	{name: "GNU C Library", licence: "LGPL-2.1-or-later", url: "https://www.gnu.org/software/libc/", linked: "m dl rt pthread resolv"},
	{name: "OpenGL (libglvnd)", licence: "MIT", url: "https://gitlab.freedesktop.org/glvnd/libglvnd", linked: "GL gl"},
	{name: "X11 client libraries", licence: "MIT", url: "https://www.x.org", linked: "X11 Xrandr Xxf86vm Xi Xcursor Xinerama Xext Xfixes x11 xrandr xi xcursor xinerama xxf86vm"},
	{name: "Wayland", licence: "MIT", url: "https://wayland.freedesktop.org", linked: "wayland-client wayland-cursor wayland-egl"},
	{name: "libxkbcommon", licence: "MIT", url: "https://xkbcommon.org", linked: "xkbcommon"},
}

// inC is the libraries that the app links with, and those inside modules that it has.
func inC(linked map[string]bool, modules map[string]*part) ([]part, error) {
	var out []part
	known := make(map[string]bool)
	for _, l := range libraries {
		used := l.linked == ""
		for name := range strings.FieldsSeq(l.linked) {
			known[name] = true
			used = used || linked[name]
		}
		p := part{name: l.name, version: l.version, licence: l.licence, url: l.url, in: "A", c: true}
		if m := modules[l.module]; m != nil {
			p.version = strings.TrimSpace(l.version + " in " + l.module)
			p.texts = m.texts
		} else if l.module != "" {
			used = false
		}
		if used {
			out = append(out, p)
		}
	}
	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(linked)) {
		if !known[name] {
			wrong = append(wrong, fmt.Errorf("the app links with %s: say what it is in internal/licences/libraries.go", name))
		}
	}
	return out, errors.Join(wrong...)
}
