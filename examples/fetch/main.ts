/** `npx tsx examples/fetch/main.ts`: calls the handler as a runtime would. */
import handler from './handler.ts'

const request = new Request('http://localhost/numbers/count', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ to: 3 }),
})
const response = await handler.fetch(request)
console.log(response.status, response.headers.get('content-type'))
console.log(await response.text())
