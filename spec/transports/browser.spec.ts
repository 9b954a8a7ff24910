import { fastify } from 'fastify'
import type { Transport } from 'microapi-ts'
import { microapi } from 'microapi-ts/http'
import { transportHarness } from 'microapi-ts/testing'
import { ws } from 'microapi-ts/ws'
import { afterAll, beforeAll } from 'vitest'
import { openBridge, type Bridge } from './browser-bridge.ts'
import { describeInChromium } from './browser-chromium.ts'
import { conformance } from './conformance.ts'

// The page knows no contract, whatever the client in Node was made from.
const flavours = ['contract'] as const
const tooMany =
  'each item is a frame for the bridge too, which takes half a minute; browser-client.spec.ts counts fewer in the page'
const manyItems = {
  '100000 items come from the server, in order': tooMany,
  '100000 items go to the server, in order': tooMany,
  '100000 items go both ways, in order': tooMany,
}

describeInChromium('in Chromium', () => {
  let bridge: Bridge
  beforeAll(async () => {
    bridge = await openBridge()
  }, 60_000)
  afterAll(() => bridge.close())
  const client = (url: string): Transport => bridge.transport(url)

  const overWebSocket = (): { server: Transport; client: typeof client } => ({
    server: ws({ port: 0, origins: [bridge.origin] }),
    client,
  })
  conformance({ ...transportHarness('WebSocket', overWebSocket, manyItems), flavours })

  const whole = 'a browser sends the body of a request whole'
  conformance({
    ...transportHarness('fetch', () => ({ server: httpForPages(), client }), {
      streamingUpload: whole,
      twoWay: whole,
      sharedConnection: 'an HTTP/1.1 connection carries one call at a time, so that each of many has its own',
      'no more handlers run at once than the server allows; the others wait and succeed':
        'Chromium has six connections to a server at most',
      ...manyItems,
    }),
    flavours,
  })
})

/** HTTP in a fastify server that lets pages of other origins in. */
function httpForPages(): Transport {
  return {
    schemes: [],
    connect: () => Promise.reject(new TypeError('only served')),
    async serve(invoke, describe) {
      // Node itself would refuse too large a head, without a word of origins.
      const server = fastify({ forceCloseConnections: true, http: { maxHeaderSize: 65_536 } })
      server.addHook('onRequest', async (request, reply) => {
        reply
          .header('access-control-allow-origin', '*')
          .header('access-control-allow-headers', '*, authorization')
          .header('access-control-expose-headers', '*')
        if (request.method === 'OPTIONS') return reply.code(204).send()
      })
      server.options('/*', async () => '')
      await server.register(
        microapi({ open: async () => ({ invoke, describe: describe!, close: async () => {} }) }),
      )
      const url = await server.listen({ host: '127.0.0.1', port: 0 })
      return {
        url,
        stop: () => {},
        close: async () => {
          server.server.closeAllConnections()
          await server.close()
        },
      }
    },
  }
}
