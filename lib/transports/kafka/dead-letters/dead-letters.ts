import type { Log } from '../../../core/log.ts'
import { deadNameOf, isDeadName, type DeadLetters } from '../../../wire/broker/dead-letters.ts'
import { openDeadTopic } from './topic.ts'
import { failureToPrepare } from '../connection/failure.ts'
import { connectWithin, disconnectWithin, loadKafka } from '../connection/load.ts'
import { kafkaSettings } from '../options.ts'
import { sourceGroupsOf } from '../topics-of.ts'
import { urlOptions } from '../url-options.ts'

/**
 * Opens the dead letters of a cluster, by the URL that servers have. Throws a TypeError for a URL that is none, and rejects with an RpcError
 * where no broker can be reached.
 */
export async function openDeadLetters(url: string, log: Log): Promise<DeadLetters> {
  const settings = kafkaSettings({ ...urlOptions(url), log })
  const { address } = settings
  const kafka = await loadKafka(settings)
  const admin = kafka.admin()
  await connectWithin(settings, admin)
  return {
    address,
    async names(app) {
      if (app)
        return sourceGroupsOf(settings, app).flatMap(({ sources }) =>
          sources.map(({ name }) => deadNameOf(name)),
        )
      try {
        return (await admin.listTopics()).filter(isDeadName).toSorted()
      } catch (cause) {
        throw failureToPrepare(address, [], cause)
      }
    },
    open: (name, options) => openDeadTopic({ kafka, settings, admin }, name, options),
    close: () => disconnectWithin(admin),
  }
}
