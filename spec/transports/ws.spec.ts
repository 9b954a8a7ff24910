import { transportHarness } from 'microapi-ts/testing'
import { ws } from 'microapi-ts/ws'
import { conformance } from './conformance.ts'

const link = () => ({
  server: ws({ port: 0 }),
  client: (url: string) => ws({ port: Number(new URL(url).port) }),
})

conformance(transportHarness('WebSocket', link))
