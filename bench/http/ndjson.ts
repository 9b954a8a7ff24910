import type { City, Summary } from '../data/city.ts'

const CHUNK = 16 * 1024

/** Cities as NDJSON text in chunks of 16 KiB: what a careful hand would write without a framework. */
export function* chunksOf(cities: Iterable<City>): Generator<string> {
  let chunk = ''
  for (const city of cities) {
    chunk += JSON.stringify(city) + '\n'
    if (chunk.length < CHUNK) continue
    yield chunk
    chunk = ''
  }
  if (chunk) yield chunk
}

/** Parses every line of an NDJSON body as it comes and adds the cities up. */
export const summarise = async (body: AsyncIterable<Buffer | string>): Promise<Summary> => {
  const decoder = new TextDecoder()
  const summary = { count: 0, population: 0 }
  let rest = ''
  for await (const chunk of body) {
    const text = rest + (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }))
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      const city = JSON.parse(text.slice(start, end)) as City
      summary.count++
      summary.population += city.population
      start = end + 1
    }
    rest = text.slice(start)
  }
  return summary
}
