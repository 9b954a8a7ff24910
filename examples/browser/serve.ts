/** `npm run example:browser`: serves the page on 127.0.0.1:8080, or on PORT. Ctrl-C stops it. */
import { app } from './app.ts'
import { createServer } from './server.ts'

const server = await createServer(app)
const url = await server.listen({ host: '127.0.0.1', port: Number(process.env['PORT'] ?? 8080) })
console.log(`Open ${url}`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close())
