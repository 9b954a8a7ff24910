/**
 * A call over WebSocket that more messages can be given to.
 * @typedef {object} OpenCall
 * @property {Promise<import('./http-call.js').Outcome>} outcome rejects where the connection is lost, or the signal says so
 * @property {(messages: readonly unknown[]) => void} send
 * @property {() => void} end behind the last message
 */

/** How far a sender may be ahead of its reader (lib/wire/session/window.ts). */
const limit = { items: 1_024, bytes: 1_048_576 }

/** @param {string} text */
const bytesOf = (text) => new TextEncoder().encode(text).length

/**
 * Makes a call over WebSocket, on a connection of its own, in envelopes of `microapi.v1`.
 * @param {import('./http-call.js').TriedCall} call
 * @returns {OpenCall}
 */
export function callWebSocket({ url, method, messages, metadata, signal, hear }) {
  // No types of the web are known here (tsconfig.json).
  const { WebSocket } = /** @type {any} */ (globalThis)
  const socket = new WebSocket(url, ['microapi.v1'])
  const id = crypto.randomUUID()
  const head = { service: method.service, method: method.name, id, metadata }
  const say = (/** @type {object} */ envelope) => socket.send(JSON.stringify(envelope))
  const credit = creditFor((payload) => say({ type: 'credit', id, payload }))
  const queue = queueOf((text) => socket.send(text))
  const send = (/** @type {readonly unknown[]} */ more) => {
    for (const payload of more) queue.add(JSON.stringify({ type: 'stream_push', id, payload }))
  }

  const outcome = new Promise((resolve, reject) => {
    let isOpen = false
    /** @type {Record<string, string>} */
    let header = {}
    const cancel = () => {
      if (isOpen) say({ type: 'cancel', id })
      reject(signal.reason)
    }
    signal.addEventListener('abort', cancel)
    socket.addEventListener('open', () => {
      isOpen = true
      say(method.takes ? { type: 'open', ...head } : { type: 'request', ...head, payload: messages[0] ?? {} })
      if (!method.takes) return
      queue.open()
      send(messages)
    })
    socket.addEventListener('close', (/** @type {{ code: number, reason: string }} */ { code, reason }) =>
      reject(isOpen ? new Error(`The connection was lost: ${code} ${reason}`) : noConnection()),
    )
    // Where the page's own policy forbids it there is no `close`.
    socket.addEventListener('error', () => isOpen || reject(noConnection()))
    socket.addEventListener('message', (/** @type {{ data: string }} */ { data }) => {
      const { type, id: of, payload, metadata: told = {}, ...failure } = JSON.parse(data)
      if (type === 'ping' && !payload) return say({ type: 'ping', payload: { answer: true } })
      if (of !== id) return
      if (type === 'header') header = told
      if (type === 'credit') queue.credit(payload)
      if (type === 'stream_push') {
        hear(payload)
        credit.took(bytesOf(data))
      }
      if (type !== 'response' && type !== 'stream_end') return
      const { code, error, reason, details, retryable } = failure
      if (error != null)
        return resolve({ header, trailer: told, error: { code, error, reason, details, retryable } })
      if (type === 'response') hear(payload ?? {})
      resolve({ header, trailer: told })
    })
  })
  return {
    outcome: outcome.finally(() => {
      credit.stop()
      socket.close()
    }),
    send,
    end: () => queue.add(JSON.stringify({ type: 'stream_end', id }), true),
  }
}

const noConnection = () =>
  new Error(
    "There is no connection: nobody answers at this address, the server refuses this page, or it is another server than the page's.",
  )

/**
 * Tells the server what was taken. Not at once: the page has to be drawn, and its buttons heard; meanwhile the server waits.
 * @param {(taken: { items: number, bytes: number }) => void} give
 */
function creditFor(give) {
  let taken = { items: 0, bytes: 0 }
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  return {
    stop: () => clearTimeout(timer),
    took(/** @type {number} */ bytes) {
      taken = { items: taken.items + 1, bytes: taken.bytes + bytes }
      if (taken.items * 4 < limit.items && taken.bytes * 4 < limit.bytes) return
      timer ??= setTimeout(() => {
        timer = undefined
        give(taken)
        taken = { items: 0, bytes: 0 }
      }, 16)
    },
  }
}

/**
 * Messages on their way out: they wait for the connection, and for the server to take those before them.
 * @param {(text: string) => void} send
 */
function queueOf(send) {
  /** @type {{ text: string, bytes: number }[]} */
  const waiting = []
  const ahead = { items: 0, bytes: 0 }
  let isOpen = false
  const go = () => {
    if (!isOpen) return
    while (waiting.length > 0 && ahead.items < limit.items && ahead.bytes < limit.bytes) {
      const { text, bytes } = /** @type {{ text: string, bytes: number }} */ (waiting.shift())
      // The end of the messages is none.
      if (bytes > 0) ahead.items++
      ahead.bytes += bytes
      send(text)
    }
  }
  return {
    open() {
      isOpen = true
      go()
    },
    add(/** @type {string} */ text, isEnd = false) {
      waiting.push({ text, bytes: isEnd ? 0 : bytesOf(text) })
      go()
    },
    credit(/** @type {{ items: number, bytes: number }} */ { items, bytes }) {
      ahead.items -= items
      ahead.bytes -= bytes
      go()
    },
  }
}
