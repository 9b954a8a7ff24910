import { setTimeout as pause } from 'node:timers/promises'
import type { Invoke } from '../../core/call.ts'
import type { RpcError } from '../../core/errors.ts'
import type { Description, Listener } from '../../core/transport.ts'
import type { AmqpSettings } from './options.ts'
import { sourcesOf } from './sources.ts'
import { openStation, type Station } from './station.ts'
import { formatBroker } from './broker.ts'

/** The longest pause between two attempts to connect, in ms. */
const longestPauseMs = 3_000

/** Serves from queues, and comes back when the broker does. Rejects where it cannot be reached at the start. */
export async function serveAmqp(
  invoke: Invoke,
  describe: Description | undefined,
  settings: AmqpSettings,
): Promise<Listener> {
  const { log, broker, reconnectMs } = settings
  const address = formatBroker(broker)
  const options = { invoke, describe, settings, sources: sourcesOf(settings, describe) }
  const closing = new AbortController()
  let station: Station | undefined
  let isStopping = false

  const open = async (): Promise<void> => {
    const openedAt = Date.now()
    station = await openStation(options, (reason) => {
      station = undefined
      // One that takes us and drops us is no better than one that does not.
      void recover(reason, Date.now() - openedAt < reconnectMs ? reconnectMs : 0)
    })
    if (isStopping) await station?.close()
  }
  const recover = async (reason: RpcError, firstMs: number): Promise<void> => {
    if (isStopping) return
    log.warn({ broker: address, reason: reason.message }, 'amqp: the broker is lost; connecting again')
    let ms = firstMs
    for (;;) {
      await pause(ms, undefined, { signal: closing.signal }).catch(() => {})
      if (isStopping) return
      try {
        await open()
        log.info({ broker: address }, 'amqp: connected again')
        return
      } catch (error) {
        ms = Math.min(longestPauseMs, ms === 0 ? reconnectMs : ms * 1.6)
        log.warn({ broker: address, reason: (error as Error).message }, 'amqp: the broker is still lost')
      }
    }
  }
  await open()
  return {
    url: `${address}?queue=${encodeURIComponent(settings.queue)}${settings.queuePer ? `&queuePer=${settings.queuePer}` : ''}`,
    async stop() {
      isStopping = true
      await station?.stop()
    },
    async close() {
      isStopping = true
      closing.abort()
      await station?.close()
    },
  }
}
