/** The handlers, checked against the contract. */
import { createApp, implement } from 'microapi-ts'
import { notes } from './contract.ts'

const all: { text: string; at: Date }[] = []

export const app = createApp({
  services: {
    notes: implement(notes, {
      add_note: ({ text }) => {
        const note = { text, at: new Date() }
        all.push(note)
        return note
      },
      *list_notes({ since }) {
        for (const note of all) if (!since || note.at >= since) yield note
      },
    }),
  },
})
