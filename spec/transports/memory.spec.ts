import { memory } from 'microapi-ts/memory'
import { inProcessHarness, transportHarness } from 'microapi-ts/testing'
import { conformance } from './conformance.ts'

const link = () => {
  const transport = memory()
  return { server: transport, client: () => transport }
}

conformance(inProcessHarness())

conformance(transportHarness('memory', link))
