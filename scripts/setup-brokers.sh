#!/usr/bin/env bash
# Installs what the specs of the broker transports run beside: RabbitMQ, Kafka with the Java that runs it, kcat with
# its mock cluster, and Python's clients for both. Debian and Ubuntu, as root; what is there already is left alone.
# Nothing is left running: the specs start brokers of their own (spec/brokers/).
set -euo pipefail
cd "$(dirname "$0")"

has_broker() { [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ]; }
has_pika() { /usr/bin/python3 -c 'import pika' 2>/dev/null; }
has_kafka_python() { /usr/bin/python3 -c 'import kafka' 2>/dev/null; }
has_kcat() { command -v kcat >/dev/null; }
has_java() { java -version 2>&1 | grep -qE 'version "(1[7-9]|[2-9][0-9])'; }

packages=()
has_broker || packages+=(rabbitmq-server)
has_pika || packages+=(python3-pika)
has_kafka_python || packages+=(python3-kafka)
has_kcat || packages+=(kcat)
has_java || packages+=(openjdk-17-jre-headless)
# It brings Kafka's jars.
command -v mvn >/dev/null || bash kafka/setup.sh --check || packages+=(maven)

# install PACKAGE…: installs Debian's packages, where it may.
install() {
  command -v apt-get >/dev/null || { echo "missing: $*. This script knows Debian and Ubuntu; or start \`docker compose up -d\` and set AMQP_URL and KAFKA_BROKERS."; exit 1; }
  [ "$(id -u)" = 0 ] || { echo "missing: run as root: apt-get install $*"; exit 1; }

  # The packages would start the broker as a service. 101 is how policy-rc.d forbids it.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q
  apt-get install -yq --no-install-recommends "$@"
}

if [ ${#packages[@]} = 0 ]; then
  echo 'RabbitMQ, python3-pika, python3-kafka, kcat and Java are installed already'
else
  install "${packages[@]}"
fi
bash kafka/setup.sh
