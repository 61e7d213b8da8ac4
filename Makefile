# What a person types; how it is done stands in scripts/.
.POSIX:
.PHONY: run build test bench pictures fuzz lint package package-test clean

# Start Parley. Without a desktop session: show a call with the echo contact on a virtual display, see out/parley.png.
run:
	@scripts/run.sh

# build/parley and build/parley-server
build:
	@scripts/build.sh

# Everything that has to hold before a change goes in. No display and no terminal are needed.
test:
	@scripts/test.sh

# Benchmarks, and whole calls beside those of Chromium in docs/benchmarks.md; BENCH='Mix|Encode' runs only some benchmarks, BENCH=calls only the calls.
bench:
	@scripts/bench.sh

# The pictures of README and docs, taken from the running program.
pictures:
	@scripts/pictures.sh

# Fuzz every decoder for FUZZTIME (30s) each.
fuzz:
	@FUZZTIME=$${FUZZTIME:-30s} scripts/fuzz.sh

lint:
	@scripts/lint.sh

# dist/: .deb and .rpm of the app and the switchboard, a portable archive, what is inside (SBOM), checksums.
package:
	@scripts/package.sh

# Install those .debs on this machine (as root), use them, upgrade them, and take them away again.
package-test:
	@scripts/package-test.sh

clean:
	rm -rf build dist out
