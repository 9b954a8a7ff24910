import { citiesUpTo, type City } from '../data/city.ts'

/** So many events are published at once; the next ones when the brokers have confirmed them all. */
const BATCH = 500

/** Publishes so many cities, batch by batch. Rejects where one of them was not confirmed. */
export const publishInBatches = async (
  count: number,
  publish: (cities: City[]) => Promise<unknown>,
): Promise<void> => {
  let batch: City[] = []
  for (const city of citiesUpTo(count)) {
    if (batch.push(city) < BATCH) continue
    await publish(batch)
    batch = []
  }
  if (batch.length > 0) await publish(batch)
}
