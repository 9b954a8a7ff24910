import { citiesUpTo, type City } from '../data/city.ts'

/** So many events are published at once; the next ones when the broker has confirmed them all. */
const BATCH = 100

/** Publishes so many cities, batch by batch. Rejects where one of them was not confirmed. */
export const publishInBatches = async (
  count: number,
  publish: (city: City) => Promise<void>,
): Promise<void> => {
  let batch: Promise<void>[] = []
  for (const city of citiesUpTo(count)) {
    if (batch.push(publish(city)) < BATCH) continue
    await Promise.all(batch)
    batch = []
  }
  await Promise.all(batch)
}
