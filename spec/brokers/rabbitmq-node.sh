#!/usr/bin/env bash
# Runs a RabbitMQ node of its own, with what it needs of names, ports and folders in its environment, until the standard
# input ends: whoever started it may end in any way, and nothing stays behind. SCRIPT is the package's own, since the one
# on the path changes user.
# usage: rabbitmq-node.sh SCRIPT
set -uo pipefail

epmd=
for candidate in epmd /usr/lib/erlang/erts-*/bin/epmd; do
  command -v "$candidate" >/dev/null && epmd=$candidate && break
done
# Our own, as a child, since the one that a node starts by itself outlives it.
"$epmd" -port "$ERL_EPMD_PORT" -address "$ERL_EPMD_ADDRESS" </dev/null >/dev/null 2>&1 &
epmd_pid=$!
"$1" </dev/null >"$RABBITMQ_LOG_BASE/output" 2>&1 &
node_pid=$!

cat >/dev/null

node=$(cat "$RABBITMQ_PID_FILE" 2>/dev/null)
[ -n "$node" ] && kill -9 "$node" 2>/dev/null
kill -9 "$node_pid" 2>/dev/null
# Neither does what the node started survive it, nor its folder.
wait "$node_pid" 2>/dev/null
kill "$epmd_pid" 2>/dev/null
wait "$epmd_pid" 2>/dev/null
rm -rf "$HOME"
