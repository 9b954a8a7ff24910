import fc from 'fast-check'
import { createClient, isRpcError, overrideDependencies } from 'microapi-ts'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { app } from '../../examples/cities/app.ts'
import { createAtlas, distanceKm, openAtlas, type Atlas } from '../../examples/cities/atlas.ts'
import type { City } from '../../examples/cities/schema.ts'
import { atlas as atlasDependency } from '../../examples/cities/service.ts'

const city = fc.record({
  id: fc.integer(),
  name: fc.string(),
  country: fc.constant('XX'),
  population: fc.nat(),
  lat: fc.double({ min: -90, max: 90, noNaN: true }),
  lon: fc.double({ min: -180, max: 180, noNaN: true }),
})
const place = fc.record({
  lat: fc.double({ min: -90, max: 90, noNaN: true }),
  lon: fc.double({ min: -180, max: 180, noNaN: true }),
})

describe('the atlas', () => {
  it('finds what a look at every city finds', () => {
    fc.assert(
      fc.property(fc.array(city, { minLength: 1, maxLength: 50 }), place, (cities, here) => {
        const { distance_km } = createAtlas(cities).nearest(here.lat, here.lon)
        expect(distance_km).toBeCloseTo(Math.min(...cities.map((one) => distanceKm(one, here))), 6)
      }),
    )
  })

  it('knows no edge at 180 degrees, nor at the poles', () => {
    const at = (id: number, lat: number, lon: number): City => ({
      id,
      name: '',
      country: 'XX',
      population: 0,
      lat,
      lon,
    })
    const atlas = createAtlas([at(1, 0, 179), at(2, 0, -170), at(3, 89, 0), at(4, 80, 180)])
    expect(atlas.nearest(0, -179).city.id).toBe(1)
    expect(atlas.nearest(88, 180).city.id).toBe(3)
  })

  it('measures along great circles', () => {
    expect(distanceKm({ lat: 0, lon: 0 }, { lat: 0, lon: 180 })).toBeCloseTo(Math.PI * 6_371)
    expect(distanceKm({ lat: 48.85, lon: 2.35 }, { lat: 51.51, lon: -0.13 })).toBeCloseTo(344, 0)
  })

  describe('with all the cities', () => {
    let atlas: Atlas
    beforeAll(async () => {
      atlas = await openAtlas()
    }, 30_000)

    it('holds 135,233 of them', () => expect(atlas.size).toBe(135_233))

    it('answers ten thousand positions in a moment', () => {
      for (let i = 0; i < 10_000; i++) atlas.nearest(40 + (i % 100) / 10, i % 30)
    })
  })
})

describe('the service', () => {
  // What requestLog writes.
  beforeEach(() => {
    vi.spyOn(console, 'info').mockReturnValue()
  })

  const springs: City[] = [
    { id: 1, name: 'Springfield', country: 'US', population: 10, lat: 0, lon: 0 },
    { id: 2, name: 'Springs', country: 'ZA', population: 20, lat: 0, lon: 1 },
    { id: 3, name: 'Spa', country: 'BE', population: 5, lat: 0, lon: 2 },
  ]
  const connect = () => createClient(overrideDependencies(app, [[atlasDependency, createAtlas(springs)]]))

  it('looks one up, and says which is not there', async () => {
    await using client = connect()
    expect(await client.cities.get_city({ id: 3 })).toMatchObject({ name: 'Spa' })
    const error: unknown = await client.cities.get_city({ id: 4 }).catch((thrown: unknown) => thrown)
    expect(isRpcError(error, 'NO_SUCH_CITY', client.cities.get_city) && error.details.id).toBe(4)
  })

  it.each([
    [{ name: 'sp' }, [2, 1, 3]],
    [{ name: 'SPRING' }, [2, 1]],
    [{ name: 'sp', country: 'US' }, [1]],
    [{ name: 'sp', min_population: 6 }, [2, 1]],
    [{ name: 'sp', limit: 1 }, [2]],
    [{ name: 'x' }, []],
  ])('searches %j', async (search, ids) => {
    await using client = connect()
    const found = []
    for await (const { id } of client.cities.search_cities(search)) found.push(id)
    expect(found).toEqual(ids)
  })

  it('sums a journey up', async () => {
    await using client = connect()
    expect(
      await client.cities.sum_up_journey([{ city_id: 1 }, { city_id: 2, nights: 3 }, { city_id: 1 }]),
    ).toEqual({
      cities: 3,
      countries: ['US', 'ZA'],
      nights: 5,
      distance_km: 222,
    })
    expect(await client.cities.sum_up_journey([])).toEqual({
      cities: 0,
      countries: [],
      nights: 0,
      distance_km: 0,
    })
  })

  it('answers each position before the next', async () => {
    await using client = connect()
    const call = client.cities.nearest_cities()
    await call.send({ lat: 0, lon: 0.1 })
    expect((await call.next()).value).toMatchObject({ city: { id: 1 }, distance_km: 11.1 })
    await call.send({ lat: 0, lon: 1.9 })
    expect((await call.next()).value).toMatchObject({ city: { id: 3 } })
    await call.end()
    expect((await call.next()).done).toBe(true)
  })
})
