#!/usr/bin/env bash
# Builds h2spec, the conformance tests of HTTP/2, into .cache/ and prints the path of the binary as the last line.
# Ends with 75 (try again elsewhere), and one line on stderr, where Go is missing or its module proxy does not answer.
set -euo pipefail
cd "$(dirname "$0")/.."

# The newest version that the module proxy has: later tags are v2.x with a go.mod that names no /v2, which Go refuses.
version=v2.2.1
# It comes without a go.mod, so `go install …@version` would take the newest of each library on the day of the build.
# These are pinned instead, old enough for any Go from 1.18 on.
requires="
  github.com/summerwind/h2spec $version+incompatible
  github.com/fatih/color v1.15.0
  github.com/spf13/cobra v1.8.0
  golang.org/x/net v0.17.0
"

folder=$PWD/.cache/h2spec
binary=$folder/h2spec-$version
if [ -x "$binary" ]; then
  echo "$binary"
  exit
fi

skip() {
  echo "h2spec: $1" >&2
  exit 75
}

command -v go >/dev/null || skip 'Go is not installed'

mkdir -p "$folder"
build=$(mktemp -d "$folder/build.XXXXXX")
trap 'rm -rf "$build"' EXIT
printf 'module build\n\ngo 1.18\n\nrequire (%s)\n' "$requires" >"$build/go.mod"
# Neither a workspace nor a toolchain from elsewhere: the Go that is here, and what is named above.
export GOWORK=off GOTOOLCHAIN=local GOFLAGS=-mod=mod

# Everything is fetched by the first step, so that a failure of the second is one of the build.
package=github.com/summerwind/h2spec/cmd/h2spec
(cd "$build" && timeout 300 go list -deps "$package" >list 2>errors) ||
  skip "the Go module proxy does not give it: $(tail -n 1 "$build/errors")"
(cd "$build" && GOBIN=$build go install "$package" >&2)
mv "$build/h2spec" "$binary"
echo "$binary"
