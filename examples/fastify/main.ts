/** `npx tsx examples/fastify/main.ts`: serves it, calls it, ends. */
import { createClient } from 'microapi-ts'
import { server, type app } from './server.ts'

const url = await server.listen({ host: '127.0.0.1', port: 0 })
console.log(await (await fetch(url)).text())

const client = createClient<typeof app>(`${url}/api`)
console.log((await client.greetings.greet({ name: 'Ada' })).text)

await client.close()
await server.close()
