/** `src/contract.ts` of a new project. */
export const contractText = `import { Type, type StaticDecode } from '@sinclair/typebox'
import { defineService, Empty, rpc, t } from 'microapi-ts'

// What the service takes and gives. Messages are checked against it on both sides, and types are inferred from it.
// Clients import this module, and nothing of the server.

const NoteId = Type.Object({ id: Type.Integer({ minimum: 1 }) }, { $id: 'NoteId' })

const NewNote = Type.Object(
  {
    text: Type.String({ minLength: 1, maxLength: 1_000 }),
    tags: t.Default(Type.Array(Type.String(), { maxItems: 10 }), []),
  },
  { $id: 'NewNote' },
)

export const Note = Type.Object(
  {
    id: Type.Integer({ minimum: 1 }),
    text: Type.String(),
    tags: Type.Array(Type.String()),
    // A Date in handlers and callers, text in JSON.
    written: t.DateTime(),
  },
  { $id: 'Note' },
)
export type Note = StaticDecode<typeof Note>

export const notes = defineService({
  write_note: rpc.unary(NewNote, Note, { summary: 'Keeps a note' }),
  read_note: rpc.unary(NoteId, Note, {
    summary: 'Finds a note',
    idempotent: true,
    errors: { NO_SUCH_NOTE: { code: 'NOT_FOUND', message: 'there is no such note', details: NoteId } },
  }),
  list_notes: rpc.serverStream(Empty, Note, { summary: 'All notes, one after the other' }),
  note_was_read: rpc.event(NoteId, { summary: 'Somebody has read a note' }),
})

export const contract = { notes }
`
