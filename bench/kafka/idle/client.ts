import type { ServerModule } from '../../harness/peer.ts'
import { createClient as bare } from '../bare/client.ts'
import { createClient as nest } from '../nest/client.ts'
import { createClient as ours } from '../ours/client.ts'

const clients = { ours, bare, nest }

/** A client that has made a call and then does nothing, in the place of a server: those tell what they cost. Variant: whose it is, and what its server told. */
export const startServer: ServerModule['startServer'] = async (variant = '') => {
  const [name, url = ''] = variant.split(' ')
  const client = await clients[name as keyof typeof clients](url)
  await client.unary(7)
  return { url, close: () => client.close() }
}
