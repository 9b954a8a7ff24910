#!/usr/bin/env bash
# Makes the Python files of cities.proto, in a folder that is gone in the end, and runs the client with them.
# usage: run.sh [HOST:PORT]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
proto=$here/../cities/proto

# Debian's packages are there for Debian's Python alone; elsewhere (pip install grpcio grpcio-tools) it is the one on PATH.
python=python3
if ! "$python" -c 'import grpc' 2>/dev/null && [ -x /usr/bin/python3 ]; then python=/usr/bin/python3; fi
"$python" -c 'import grpc, google.protobuf' || { echo "README.md says what to install" >&2; exit 1; }

stubs=$(mktemp -d)
trap 'rm -rf "$stubs"' EXIT
if "$python" -c 'import grpc_tools' 2>/dev/null; then
  "$python" -m grpc_tools.protoc -I "$proto" --python_out="$stubs" --grpc_python_out="$stubs" cities.proto
else
  plugin=$(command -v grpc_python_plugin) || { echo "grpc_python_plugin is missing: README.md says what to install" >&2; exit 1; }
  protoc -I "$proto" --python_out="$stubs" --grpc_out="$stubs" --plugin=protoc-gen-grpc="$plugin" cities.proto
fi
PYTHONPATH=$stubs "$python" "$here/client.py" "$@"
