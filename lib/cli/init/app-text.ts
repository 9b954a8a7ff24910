/** `src/app.ts` of a new project. */
export const appText = `import { createApp, depends, implement, rpc, type Log } from 'microapi-ts'
import { notes, type Note } from './contract.ts'

/** Where notes are kept: made when the app starts. A test puts another one in its place. */
export const store = depends(() => ({ notes: new Map<number, Note>(), timesRead: 0 }), { scope: 'app' })

const service = rpc.provide({ store }).implement(notes, {
  write_note: ({ text, tags }, { store }) => {
    const note = { id: store.notes.size + 1, text, tags, written: new Date() }
    store.notes.set(note.id, note)
    return note
  },
  read_note: ({ id }, { store, errors }) => {
    const note = store.notes.get(id)
    if (!note) throw errors.NO_SUCH_NOTE({ id })
    return note
  },
  // A stream: each note leaves as soon as the one before it was taken.
  list_notes: (_, { store }) => store.notes.values(),
  note_was_read: (_, { store }) => {
    store.timesRead += 1
  },
})

export const app = createApp({ services: { notes: service } })
`
