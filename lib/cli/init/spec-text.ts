/** `spec/app.spec.ts` of a new project. */
export const specText = `import { createClient, isRpcError, overrideDependencies, serve } from 'microapi-ts'
import { createMemoryBroker } from 'microapi-ts/testing'
import { expect, it } from 'vitest'
import { app, store } from '../src/app.ts'
import type { Note } from '../src/contract.ts'

it('keeps a note and finds it again', async () => {
  await using client = createClient(app)
  const note = await client.notes.write_note({ text: 'buy tea' })
  expect(note).toMatchObject({ id: 1, text: 'buy tea', tags: [] })
  expect(note.written).toBeInstanceOf(Date)
  expect(await client.notes.read_note({ id: 1 })).toEqual(note)
})

it('says which note it does not have', async () => {
  await using client = createClient(app)
  const error = await client.notes.read_note({ id: 7 }).catch((thrown: unknown) => thrown)
  expect(isRpcError(error, 'NO_SUCH_NOTE')).toBe(true)
  expect(error).toMatchObject({ code: 'NOT_FOUND', details: { id: 7 } })
})

it('refuses a note without text before it reaches the handler', async () => {
  await using client = createClient(app)
  await expect(client.notes.write_note({ text: '' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
})

it('streams all notes', async () => {
  await using client = createClient(app)
  for (const text of ['one', 'two']) await client.notes.write_note({ text, tags: ['count'] })
  const texts: string[] = []
  for await (const note of client.notes.list_notes()) texts.push(note.text)
  expect(texts).toEqual(['one', 'two'])
})

it('hears of events over a broker', async () => {
  const kept = { notes: new Map<number, Note>(), timesRead: 0 }
  const broker = createMemoryBroker()
  const server = await serve(overrideDependencies(app, [[store, kept]]), broker.transport())
  await using client = createClient(app.services, broker.transport())
  await client.notes.note_was_read.publish({ id: 1 })
  await broker.idle()
  expect(kept.timesRead).toBe(1)
  await server.close()
})
`
