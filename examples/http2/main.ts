/** `npx tsx examples/http2/main.ts`: serves, and calls itself by curl and by the client. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { connect, readStream } from 'microapi-ts/http2'
import { server } from './server.ts'

const { port } = await server.listen({ port: Number(process.env['PORT'] ?? 8080) })
const url = `http://127.0.0.1:${port}`
const curl = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)('curl', ['-sS', '--http2-prior-knowledge', ...args])).stdout

process.stdout.write(await curl(`${url}/hello`))
console.log(await curl('--data', 'some octets', `${url}/echo`))

const client = connect(url)
const stream = client.request({
  ':method': 'POST',
  ':scheme': 'http',
  ':authority': `127.0.0.1:${port}`,
  ':path': '/echo',
})
const answer = readStream(stream)
stream.write('one, ')
stream.end('two')
console.log((await answer.headers).status, await answer.text(), (await answer.trailers)?.get('x-octets'))

await client.close()
await server.close()
