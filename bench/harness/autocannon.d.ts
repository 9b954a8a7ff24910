/** The little that capacity.ts uses of autocannon, which ships no types. */
declare module 'autocannon' {
  interface Options {
    url: string
    method: 'GET' | 'POST'
    headers: Record<string, string>
    body?: string
    connections: number
    /** Seconds. */
    duration: number
    /** Milliseconds between samples. */
    sampleInt: number
  }
  interface Result {
    errors: number
    non2xx: number
    '2xx': number
    /** Seconds. */
    duration: number
    requests: { total: number }
  }
  export default function autocannon(options: Options): Promise<Result>
}
