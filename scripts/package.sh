#!/usr/bin/env bash
# Makes the installers under dist/: a .deb and an .rpm of the app and of the switchboard, a portable archive of the app, checksums.
set -euo pipefail
cd "$(dirname "$0")/.."

nfpm=github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.40.0
fyne=fyne.io/tools/cmd/fyne@v1.7.0

scripts/setup.sh package
VERSION=${VERSION:-$(sed -n 's/^Version = "\(.*\)"/\1/p' FyneApp.toml)}
ARCH=$(go env GOARCH)
export VERSION ARCH

rm -rf build/package dist
mkdir -p build/package/icons build/tools dist
tools=$PWD/build/tools
for tool in "$nfpm" "$fyne"; do
  name=${tool%@*}
  [[ -x $tools/${name##*/} ]] || GOBIN=$tools go install "$tool"
done

echo "Building $VERSION for $ARCH"
go build -ldflags "-s -w" -o build/package/parley .
CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o build/package/parley-server ./cmd/parley-server

for size in 16 22 24 32 48 64 128 256 512; do
  mkdir -p "build/package/icons/${size}x$size/apps"
  rsvg-convert -w $size -h $size assets/icon.svg -o "build/package/icons/${size}x$size/apps/app.parley.Parley.png"
done
mkdir -p build/package/icons/scalable/apps
cp assets/icon.svg build/package/icons/scalable/apps/app.parley.Parley.svg
for page in parley.1 parley-server.1; do
  gzip -9 -n -c "packaging/$page" >"build/package/$page.gz"
done

# What the program links with decides what has to be there: packages for deb, names of libraries for rpm.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/debian"
touch "$work/debian/control"
linked=$(cd "$work" && dpkg-shlibdeps -O "$OLDPWD/build/package/parley" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
{
  cat packaging/app.nfpm.yaml
  echo "overrides:"
  echo "  deb:"
  echo "    depends:"
  echo "      - libasound2-plugins" # PortAudio reaches the sound server through it
  printf '      - "%s"\n' "${linked//, /$'"\n      - "'}"
  echo "  rpm:"
  echo "    depends:"
  objdump -p build/package/parley | sed -n 's/^ *NEEDED *\(.*\)/      - "\1()(64bit)"/p'
  echo "      - alsa-plugins-pulseaudio"
} >"$work/app.yaml"
for packager in deb rpm; do
  "$tools/nfpm" package -f "$work/app.yaml" -p $packager -t dist/ >/dev/null
  "$tools/nfpm" package -f packaging/server.nfpm.yaml -p $packager -t dist/ >/dev/null
done

# The archive has a Makefile that installs for the machine or for one person. Fyne counts its builds in FyneApp.toml, so it gets a copy, and
# its desktop entry opens no links, so it gets ours.
archive=parley-$VERSION-linux-$ARCH
mkdir -p "$work/fyne/assets" "$work/$archive"
cp FyneApp.toml "$work/fyne/"
cp assets/icon.png "$work/fyne/assets/"
printf 'package main\n' >"$work/fyne/main.go" # it wants to see a program, though it is given the file
(cd "$work" && "$tools/fyne" package --os linux --src fyne --executable "$OLDPWD/build/package/parley" --name Parley --release >/dev/null)
tar -xf "$work/Parley.tar.xz" -C "$work/$archive"
cp packaging/app.parley.Parley.desktop "$work/$archive/usr/local/share/applications/"
cp LICENSE "$work/$archive/"
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner -cJf "dist/$archive.tar.xz" "$archive"

(cd dist && sha256sum -- * >SHA256SUMS)
du -k dist/*
