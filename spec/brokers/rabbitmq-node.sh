#!/usr/bin/env bash
# Runs a RabbitMQ node of its own, with what it needs of names, ports and folders in its environment, until the standard
# input ends: whoever started it may end in any way, and nothing stays behind. Before that it takes commands there, one
# a line: `kill` ends the node as a crash would, `start` starts it again with what it left on disk. SCRIPT is the
# package's own, since the one on the path changes user.
# usage: rabbitmq-node.sh SCRIPT
set -uo pipefail

script=$1
epmd=
for candidate in epmd /usr/lib/erlang/erts-*/bin/epmd; do
  command -v "$candidate" >/dev/null && epmd=$candidate && break
done
# Our own, as a child, since the one that a node starts by itself outlives it.
"$epmd" -port "$ERL_EPMD_PORT" -address "$ERL_EPMD_ADDRESS" </dev/null >/dev/null 2>&1 &
epmd_pid=$!

node_pid=
start_node() {
  "$script" </dev/null >>"$RABBITMQ_LOG_BASE/output" 2>&1 &
  node_pid=$!
}
kill_node() {
  [ -z "$node_pid" ] && return
  # The node is a child of the script, which ends behind it; the file with its pid comes late.
  local children
  while children=$(cat "/proc/$node_pid/task/$node_pid/children" 2>/dev/null) && [ -n "$children" ]; do
    # shellcheck disable=SC2086
    kill -9 $children 2>/dev/null
    sleep 0.05
  done
  kill -9 "$node_pid" 2>/dev/null
  # Neither does what the node started survive it.
  wait "$node_pid" 2>/dev/null
  node_pid=
}

start_node
while read -r command; do
  case $command in
  kill) kill_node ;;
  start) start_node ;;
  esac
done
kill_node
kill "$epmd_pid" 2>/dev/null
wait "$epmd_pid" 2>/dev/null
rm -rf "$HOME"
