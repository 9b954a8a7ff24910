import type { ICustomPartitioner, PartitionMetadata, Producer } from 'kafkajs'
import type { KafkaLike } from '../connection/kafka-like.ts'
import { connectWithin, disconnectWithin } from '../connection/load.ts'
import type { KafkaSettings } from '../options.ts'
import type { Parcel, ParcelMessage } from './letter.ts'

/** One idempotent producer: what it repeats, the broker takes once. */
export interface Sender {
  /** Connects where that has not been done. Rejects with an RpcError. */
  ready(): Promise<Producer>
  /** Marks what is about to go out, where the producer will not ask about it. */
  mark(parcels: readonly Parcel[]): void
  close(): Promise<void>
}

/** Who hears what kafkajs learns of a topic; gives the leaders of its partitions. */
export type Learn = (topic: string, partitions: readonly PartitionMetadata[]) => readonly number[]

/** Thrown into kafkajs, which must not repeat by itself what would go to several brokers: it does not wait for those that have not failed. */
const moved = Object.assign(new Error('the partition has another leader now'), { retriable: false })

/** Makes a sender, which connects when it is first used. */
export function createSender(kafka: KafkaLike, settings: KafkaSettings, learn: Learn): Sender {
  let producer: Promise<Producer> | undefined
  let asks = false
  const createPartitioner: ICustomPartitioner = () => {
    return ({ topic, partitionMetadata, message }) => {
      const { parcel } = message as ParcelMessage
      if (parcel.asked !== partitionMetadata) {
        asks = true
        const leaders = learn(topic, partitionMetadata)
        if (leaders[parcel.lane.partition] !== parcel.leader) {
          parcel.moved = true
          throw moved
        }
        parcel.asked = partitionMetadata
        go(parcel)
      }
      return parcel.lane.partition
    }
  }
  const go = (parcel: Parcel): void => {
    parcel.reached = true
    parcel.via = sender
  }
  const connect = async (): Promise<Producer> => {
    const made = kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner,
      // What fails again is sent again from here, for as long as it may be.
      retry: { initialRetryTime: 50, retries: 1 },
    })
    await connectWithin(settings, made)
    return made
  }
  const sender: Sender = {
    ready() {
      if (producer) return producer
      const connecting = connect()
      producer = connecting
      connecting.catch(() => (producer = undefined))
      return connecting
    },
    mark(parcels) {
      if (!asks) parcels.forEach(go)
    },
    async close() {
      const last = await producer?.catch(() => {})
      if (last) await disconnectWithin(last)
    },
  }
  return sender
}
