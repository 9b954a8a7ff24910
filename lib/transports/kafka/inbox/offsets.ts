import { setTimeout as pause } from 'node:timers/promises'
import { borrowAdmin } from '../connection/admins.ts'
import type { KafkaLike } from '../connection/kafka-like.ts'
import { connectWithin } from '../connection/load.ts'
import type { KafkaSettings } from '../options.ts'
import type { OffsetsOf } from '../reader/start.ts'

/** Between two questions, in ms. */
const pauseMs = 50

/** Asks where topics end, over a connection that `close` ends. Rejects with an RpcError where there is none. */
export async function openOffsets(
  kafka: KafkaLike,
  settings: KafkaSettings,
): Promise<{ readonly offsets: OffsetsOf; close(): void }> {
  const borrowed = borrowAdmin(kafka)
  await connectWithin(settings, borrowed)
  let isOpen = true
  return {
    async offsets(topic) {
      for (;;) {
        try {
          return await borrowed.admin.fetchTopicOffsets(topic)
        } catch (error) {
          // A topic that was just made has a leader that does not know it yet.
          if (isOpen && (error as { retriable?: unknown }).retriable === true) await pause(pauseMs)
          else {
            borrowed.spoil()
            throw error
          }
        }
      }
    },
    close() {
      isOpen = false
      void borrowed.disconnect()
    },
  }
}
