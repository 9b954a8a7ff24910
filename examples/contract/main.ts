/** `npx tsx examples/contract/main.ts`: a client from the contract, which checks messages itself and knows dates. */
import { createClient, isRpcError, serve } from 'microapi-ts'
import { http } from 'microapi-ts/http'
import { app } from './app.ts'
import { notes } from './contract.ts'

await using server = await serve(app, http({ port: 0 }))
await using client = createClient({ notes }, server.urls[0]!)

const note = await client.notes.add_note({ text: 'Buy bread' })
console.log(note.text, note.at instanceof Date)

for await (const { text } of client.notes.list_notes({ since: note.at })) console.log(text)

try {
  await client.notes.add_note({ text: '' })
} catch (error) {
  // Refused by the client itself, before anything is sent.
  if (isRpcError(error)) console.log(error.code, error.details)
}
