/** The contract: what is said, and nothing of how it is done. Server and client both import it; a browser may. */
import { Type } from '@sinclair/typebox'
import { defineService, rpc, t } from 'microapi-ts'

const text = Type.String({ minLength: 1, maxLength: 280 })
const Note = Type.Object({ text, at: t.DateTime() })

export const notes = defineService({
  add_note: rpc.unary(Type.Object({ text }), Note),
  list_notes: rpc.serverStream(Type.Object({ since: Type.Optional(t.DateTime()) }), Note),
})
