import { http } from 'microapi-ts/http'
import { transportHarness } from 'microapi-ts/testing'
import { conformance } from './conformance.ts'

const link = () => ({ server: http({ port: 0 }), client: (url: string) => http({ url }) })

conformance(
  transportHarness('HTTP', link, {
    sharedConnection: 'an HTTP/1.1 connection carries one call at a time, so that each of many has its own',
  }),
)
