#!/usr/bin/env bash
# Runs the brokers of a Kafka cluster, one for each folder in HOME that has a server.properties, until the standard input
# ends: whoever started it may end in any way, and nothing stays behind. Each line of input is `start FOLDER` or
# `kill FOLDER`, and is answered, when it has been done, with the folder and the process.
# usage: kafka-node.sh JARS CLUSTER
# A job has a process group of its own, and ends with all that it started.
set -muo pipefail
cd "$HOME"
jars=$1 cluster=$2
# The same jars in the same order as in the archive of classes, which is left unused where it does not fit.
options=(-XX:SharedArchiveFile="$jars/kafka.jsa" -cp "$(printf '%s:' "$jars"/*.jar)")
# It lives for a spec: what it compiles thoroughly would come too late, and cost those who call it their time.
options+=(-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:+ExitOnOutOfMemoryError -Xmx512m)
# All that it writes stands in its folder.
options+=(-XX:-UsePerfData -XX:ErrorFile="$HOME/crash" -Djava.io.tmpdir="$HOME" -Dorg.slf4j.simpleLogger.defaultLogLevel=warn)
declare -A pids

kill_broker() {
  [ -z "${pids[$1]-}" ] && return
  kill -9 -- "-${pids[$1]}" 2>/dev/null
  wait "${pids[$1]}" 2>/dev/null
  pids[$1]=
}
run_broker() {
  if [ ! -e "$1/data/meta.properties" ]; then
    # A line for each user that it is to know.
    local users=()
    [ -e "$1/scram" ] && mapfile -t users <"$1/scram"
    java "${options[@]}" kafka.tools.StorageTool format -t "$cluster" -c "$1/server.properties" \
      "${users[@]/#/--add-scram=}" || return
  fi
  exec java "${options[@]}" kafka.Kafka "$1/server.properties"
}

while read -r command folder; do
  kill_broker "$folder"
  if [ "$command" = start ]; then
    run_broker "$folder" </dev/null >>"$folder/output" 2>&1 &
    pids[$folder]=$!
  fi
  echo "$folder ${pids[$folder]-}"
done
for folder in "${!pids[@]}"; do kill_broker "$folder"; done
rm -rf "$HOME"
