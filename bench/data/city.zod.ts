import { z } from 'zod'

/** The schemas of city.ts as tRPC's and oRPC's users write them. */
export const City = z.object({
  id: z.int(),
  name: z.string(),
  country: z.string(),
  also_called: z.array(z.string()),
  location: z.object({ lat: z.number(), lon: z.number() }),
  population: z.int(),
  elevation: z.int(),
  capital: z.boolean(),
  timezone: z.string(),
  updated: z.string(),
})
export const GetCity = z.object({ id: z.int() })
export const ListCities = z.object({ limit: z.int() })
