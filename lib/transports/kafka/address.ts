/** Where one client, or one server, is reached: a partition that it reads, and its name there. */
export interface Address {
  readonly topic: string
  readonly partition: number
  readonly name: string
}

/** Writes `TOPIC/PARTITION/NAME`. */
export function formatAddress({ topic, partition, name }: Address): string {
  return `${topic}/${partition}/${name}`
}

/** Reads one; undefined for what is none. */
export function readAddress(text: string | undefined): Address | undefined {
  const [, topic, partition, name] = /^([\w.-]{1,249})\/(\d{1,9})\/([\w.-]{1,249})$/.exec(text ?? '') ?? []
  return topic === undefined || name === undefined ? undefined : { topic, partition: Number(partition), name }
}
