import type { Reply } from '../../core/call.ts'
import type { Channel, Lookup } from '../../core/transport.ts'
import type { Http2ClientOptions } from '../../http2/driver/client.ts'
import { createBalancer } from './balancing/balancer.ts'
import { balancedSender } from './balancing/balanced-sender.ts'
import type { Engine } from './engine.ts'
import { healthWatch } from './health/watch.ts'
import type { GrpcSettings } from './options.ts'
import type { Sender } from './balancing/sender.ts'
import { spacedSender } from './balancing/spaced-sender.ts'
import { createSubchannel } from './balancing/subchannel.ts'
import { createTargets, originOf, type Origin } from './targets.ts'

/** Calls over HTTP/2 connections, opened when they are needed and again when they were lost: one to each address. */
export async function grpcChannel(
  engine: Engine,
  lookup: Lookup | undefined,
  settings: GrpcSettings,
): Promise<Channel> {
  const { host, port, tls, addresses = [{ host, port }], healthCheck } = settings
  const origins = addresses.map((address) => originOf(address, tls))
  const targets = createTargets(lookup, settings, origins)
  const sender =
    origins.length === 1 && healthCheck === undefined
      ? oneAddress(engine, settings, origins[0]!)
      : await severalAddresses(engine, settings, origins)
  return {
    invoke: (call) =>
      new Promise<Reply>((resolve, reject) => {
        const target = targets.known(call)
        if (target) return sender.send(call, target, { resolve, reject })
        targets.make(call).then((made) => sender.send(call, made, { resolve, reject }), reject)
      }),
    close: () => sender.close(),
  }
}

function oneAddress({ connect }: Engine, settings: GrpcSettings, origin: Origin): Sender {
  return spacedSender(settings, {
    connect: (hooks) => connect(urlOf(origin), { ...clientOptions(settings), ...hooks }),
    initialMs: settings.reconnect.initialMs,
  })
}

async function severalAddresses(
  { connect }: Engine,
  settings: GrpcSettings,
  origins: readonly Origin[],
): Promise<Sender> {
  const { reconnect, healthCheck } = settings
  const watch = healthCheck === undefined ? undefined : await healthWatch(healthCheck, settings)
  const balancer = createBalancer((onChange) =>
    origins.map((origin, index) =>
      createSubchannel(index, {
        name: origin.authority,
        connect: (hooks) => connect(urlOf(origin), { ...clientOptions(settings), ...hooks }),
        watch: watch && ((client, hear) => watch(client, origin, hear)),
        reconnect,
        onChange,
      }),
    ),
  )
  return balancedSender(balancer, settings)
}

function urlOf({ scheme, authority }: Origin): string {
  return `${scheme}://${authority}`
}

function clientOptions(settings: GrpcSettings): Http2ClientOptions {
  const { tls, keepAliveMs, keepAliveTimeoutMs, connectTimeoutMs, http2 } = settings
  return {
    keepAliveMs,
    keepAliveTimeoutMs,
    connectTimeoutMs,
    // Python's MicroAPI writes messages of errors as they are.
    lineBreaksInValues: true,
    ...http2,
    ...(typeof tls === 'object' ? { tls } : {}),
  }
}
