#!/usr/bin/env bash
# Brings Apache Kafka, as pom.xml says, into the user's cache: its jars by Maven, and an archive of its classes as loaded,
# with which it starts in a third of the time.
# usage: setup.sh [--check]   (--check only says, by the exit code, whether the jars are there)
set -euo pipefail
cd "$(dirname "$0")"

version=$(sed -n 's|.*<version>\(.*\)</version>.*|\1|p' pom.xml | head -n 1)
home=${XDG_CACHE_HOME:-$HOME/.cache}/microapi-ts/kafka-$version
work=
java_pid=
clean() {
  [ -z "$java_pid" ] || kill -9 "$java_pid" 2>/dev/null || true
  [ -z "$work" ] || rm -rf "$work"
}
trap clean EXIT

bring_jars() {
  mkdir -p "$(dirname "$home")"
  work=$(mktemp -d "$home.XXXXXX")
  # A repository that accepts and never answers is one that cannot be reached.
  timeout 300 mvn -B -q -f pom.xml dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$work/jars" >"$work/output" 2>&1 || return
  # All of them or none, whenever this is interrupted.
  mv "$work/jars" "$home"
}

# Java writes the archive when a broker that it runs ends in peace.
archive_classes() {
  work=$(mktemp -d)
  local port=$((20000 + RANDOM % 10000))
  cat >"$work/server.properties" <<END
process.roles=broker,controller
node.id=0
controller.quorum.voters=0@127.0.0.1:$((port + 1))
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
controller.listener.names=CONTROLLER
log.dirs=$work/data
END
  local jars options
  jars=$(printf '%s:' "$home"/*.jar)
  options=(-XX:+UseSerialGC -XX:-UsePerfData -Xmx256m -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$jars")
  java "${options[@]}" kafka.tools.StorageTool format -t MicroapiMicroapiMicroa -c "$work/server.properties" >/dev/null
  java -XX:ArchiveClassesAtExit="$work/kafka.jsa" "${options[@]}" kafka.Kafka "$work/server.properties" >/dev/null 2>&1 &
  java_pid=$!
  for _ in $(seq 300); do
    (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    kill -0 "$java_pid" 2>/dev/null || break
    sleep 0.2
  done
  kill "$java_pid" 2>/dev/null
  wait "$java_pid"
  java_pid=
  mv "$work/kafka.jsa" "$home/kafka.jsa"
}

if [ "${1-}" = --check ]; then
  [ -d "$home" ]
  exit
fi
if [ -d "$home" ] && [ -e "$home/kafka.jsa" ]; then
  echo "Kafka $version is there already"
  exit 0
fi
if [ ! -d "$home" ] && ! bring_jars; then
  head -n 3 "$work/output"
  echo "Kafka $version could not be brought: Maven's repository does not answer, or not as it should. The specs that need it are skipped, unless KAFKA_BROKERS names one."
  touch "$home.out-of-reach"
  exit 0
fi
rm -f "$home.out-of-reach"
rm -rf "$work"
archive_classes || echo 'The archive of its classes could not be written: Kafka will take longer to start.'
echo "Kafka $version is in $home"
