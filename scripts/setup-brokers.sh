#!/usr/bin/env bash
# Installs what the specs of the broker transports run beside: RabbitMQ, and Python's client for it. Debian and Ubuntu, as root.
# Nothing is left running: the specs start nodes of their own (spec/brokers/rabbitmq.ts).
set -euo pipefail

has_broker() { [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ]; }
has_pika() { /usr/bin/python3 -c 'import pika' 2>/dev/null; }

packages=()
has_broker || packages+=(rabbitmq-server)
has_pika || packages+=(python3-pika)
if [ ${#packages[@]} = 0 ]; then
  echo 'RabbitMQ and python3-pika are installed already'
  exit 0
fi
command -v apt-get >/dev/null || { echo "missing: ${packages[*]}. This script knows Debian and Ubuntu; or start \`docker compose up -d\` and set AMQP_URL."; exit 1; }
[ "$(id -u)" = 0 ] || { echo "missing: run as root: apt-get install ${packages[*]}"; exit 1; }

# The packages would start the broker as a service. 101 is how policy-rc.d forbids it.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -yq --no-install-recommends "${packages[@]}"
