import type { RpcError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import { deadNameOf, type DeadLetters } from '../../wire/broker/dead-letters.ts'
import { formatBroker } from './broker.ts'
import { openDeadQueue } from './dead-letters-queue.ts'
import { openLink } from './link.ts'
import { amqpSettings } from './options.ts'
import { sourcesOf } from './sources.ts'
import { urlOptions } from './url-options.ts'

/**
 * Opens the dead letters of a broker, by the URL that servers have. Throws a TypeError for a URL that is none, and rejects with an RpcError
 * where the broker cannot be reached.
 */
export async function openDeadLetters(url: string, log: Log): Promise<DeadLetters> {
  const settings = amqpSettings({ ...urlOptions(url), log })
  let onLost: (reason: RpcError) => void
  const lost = new Promise<never>((_, reject) => (onLost = reject))
  lost.catch(() => {})
  const link = await openLink(settings, (reason) => onLost(reason))
  const address = formatBroker(settings.broker)
  return {
    address,
    // Over AMQP nobody can ask for the queues that there are.
    names: async (app) => app && sourcesOf(settings, app).map(({ queue }) => deadNameOf(queue)),
    open: (name, options) => openDeadQueue({ link, lost, address }, name, options),
    close: () => link.close(),
  }
}
