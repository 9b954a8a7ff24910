import type { WebSocket } from 'ws'
import type { City } from '../../data/city.ts'

/** What a client sends: the beginning of call `id`, an item of its stream, and the stream's end. */
export type Asked =
  | { readonly id: number; readonly method: 'get'; readonly input: { readonly id: number } }
  | { readonly id: number; readonly method: 'list'; readonly input: { readonly limit: number } }
  | { readonly id: number; readonly method: 'add' }
  | Piece

/** What a server answers: the one output of call `id`, or a stream. */
export type Answered = { readonly id: number; readonly output: unknown } | Piece

type Piece = { readonly id: number; readonly item: City } | { readonly id: number; readonly end: true }

const MOST_WAITING = 1_048_576

/** Sends a stream, a message for each item, and its end. Where 1 MiB waits to leave, it waits too. */
export const sendStream = async (socket: WebSocket, id: number, items: Iterable<City>): Promise<void> => {
  for (const item of items) {
    const text = JSON.stringify({ id, item })
    if (socket.bufferedAmount < MOST_WAITING) socket.send(text)
    else await new Promise((resolve) => socket.send(text, resolve))
    if (socket.readyState !== socket.OPEN) return
  }
  socket.send(JSON.stringify({ id, end: true }))
}
