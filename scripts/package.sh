#!/usr/bin/env bash
# Makes the installers under dist/: a .deb and an .rpm of the app and of the switchboard, a portable archive of the app, lists
# of what is inside (SBOM), checksums.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh package
VERSION=${VERSION:-$(scripts/version.sh)}
ARCH=$(go env GOARCH)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date +%s) # files of packages, and man pages, are as old as the source
export VERSION ARCH SOURCE_DATE_EPOCH

rm -rf build/package dist
mkdir -p build/package/icons dist
nfpm=$(scripts/tool.sh nfpm)
fyne=$(scripts/tool.sh fyne)
sbom=$(scripts/tool.sh cyclonedx-gomod)

echo "Building $VERSION for $ARCH"
go build -ldflags "-s -w -X main.stamped=$VERSION" -o build/package/parley .
CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.stamped=$VERSION" -o build/package/parley-server ./cmd/parley-server
go run ./internal/licences -of A | gzip -9 -n >build/package/parley-third-party.gz
go run ./internal/licences -of S | gzip -9 -n >build/package/parley-server-third-party.gz

for size in 16 22 24 32 48 64 128 256 512; do
  mkdir -p "build/package/icons/${size}x$size/apps"
  rsvg-convert -w $size -h $size assets/icon.svg -o "build/package/icons/${size}x$size/apps/app.parley.Parley.png"
done
mkdir -p build/package/icons/scalable/apps
cp assets/icon.svg build/package/icons/scalable/apps/app.parley.Parley.svg
for page in parley.1 parley-server.1; do
  LC_ALL=C sed "s/\$Mdocdate\$/$(LC_ALL=C date -u -d "@$SOURCE_DATE_EPOCH" '+%B %-d, %Y')/" "packaging/$page" | gzip -9 -n >"build/package/$page.gz"
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
  printf '    recommends:\n      - libgl1-mesa-dri\n      - xdg-utils\n      - libdecor-0-plugin-1-gtk | libdecor-0-plugin-1\n      - libva-drm2\n' # links; frames on Wayland; see Card in engine/media
  printf '    suggests:\n      - va-driver-all\n'
  echo "  rpm:"
  echo "    depends:"
  objdump -p build/package/parley | sed -n 's/^ *NEEDED *\(.*\)/      - "\1()(64bit)"/p'
  echo "      - alsa-plugins-pulseaudio"
  printf '    recommends:\n      - mesa-dri-drivers\n      - xdg-utils\n      - libdecor\n      - libva\n'
} >"$work/app.yaml"
for packager in deb rpm; do
  "$nfpm" package -f "$work/app.yaml" -p $packager -t dist/ >/dev/null
  "$nfpm" package -f packaging/server.nfpm.yaml -p $packager -t dist/ >/dev/null
done

# The archive has a Makefile that installs for the machine or for one person. Fyne counts its builds in FyneApp.toml, so it gets a copy, and
# its desktop entry opens no links, so it gets ours.
archive=parley-$VERSION-linux-$ARCH
mkdir -p "$work/fyne/assets" "$work/$archive"
cp FyneApp.toml "$work/fyne/"
cp assets/icon.png "$work/fyne/assets/"
printf 'package main\n' >"$work/fyne/main.go" # it wants to see a program, though it is given the file
(cd "$work" && "$fyne" package --os linux --src fyne --executable "$OLDPWD/build/package/parley" --name Parley --release >/dev/null)
tar -xf "$work/Parley.tar.xz" -C "$work/$archive"
cp packaging/app.parley.Parley.desktop "$work/$archive/usr/local/share/applications/"
cp LICENSE THIRD_PARTY.md "$work/$archive/"
gzip -d <build/package/parley-third-party.gz >"$work/$archive/THIRD_PARTY.txt"
tar -C "$work" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -cJf "dist/$archive.tar.xz" "$archive"

# What is inside, for those who have to know: CycloneDX, read out of the programs.
for program in parley parley-server; do
  "$sbom" bin -json -noserial -version "v$VERSION" -output "dist/$program-$VERSION.cdx.json" "build/package/$program" 2>/dev/null
done

(cd dist && sha256sum -- * >SHA256SUMS)
du -k dist/*
