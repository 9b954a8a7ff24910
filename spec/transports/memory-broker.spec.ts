import { createMemoryBroker, transportHarness } from 'microapi-ts/testing'
import { conformance } from './conformance.ts'

conformance(
  transportHarness(
    'memory broker',
    () => {
      const broker = createMemoryBroker()
      return { server: broker.transport(), client: () => broker.transport() }
    },
    {
      'new calls are UNAVAILABLE while the server drains and after it has closed':
        'they wait in the queue for another server, until their deadlines',
    },
  ),
)
