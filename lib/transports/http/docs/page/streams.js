/** The page on which streams can be tried. */
import { answersOf } from './answers.js'
import { callHttp } from './http-call.js'
import { readMessages, readMetadata } from './input.js'
import { streamingMethods } from './methods.js'
import { callWebSocket } from './ws-call.js'

// No types of the web are known here (tsconfig.json).
const { document, location } = /** @type {any} */ (globalThis)
/** @param {string} id */
const find = (id) => document.querySelector(`#${id}`)

const { methods: place } = document.body.dataset
const root = new URL(place, location.href).href
const [form, choice, input, status] = ['form', 'method', 'input', 'status'].map(find)
const [start, send, end, cancel] = ['start', 'send', 'end', 'cancel'].map(find)
const answers = answersOf(find)
/** @type {import('./methods.js').StreamingMethod[]} */
let methods = []
/** @type {AbortController | undefined} */
let running
/** @type {import('./ws-call.js').OpenCall | undefined} */
let open

const chosen = () => /** @type {import('./methods.js').StreamingMethod} */ (methods[choice.selectedIndex])
const overWebSocket = () => form.elements.over.value === 'ws'

/**
 * @param {string} text
 * @param {'good' | 'bad' | ''} mood
 */
function tell(text, mood = '') {
  status.textContent = text
  status.className = mood
}

/** Shows what belongs to the chosen method. */
function choose() {
  const { takes, about, example } = chosen()
  find('about').textContent = about
  find('input-label').textContent = takes ? 'Messages, one JSON value a line' : 'Message, as JSON'
  input.value = takes ? JSON.stringify(example) : JSON.stringify(example, null, 2)
  tell('')
}

/** Shows which buttons do something now. */
function showButtons() {
  start.disabled = running !== undefined
  cancel.disabled = running === undefined
  send.hidden = end.hidden = open === undefined || !chosen().takes
}

async function run() {
  const method = chosen()
  const controller = new AbortController()
  try {
    const messages = readMessages(input.value)
    const metadata = readMetadata(find('metadata').value)
    if (!method.takes && messages.length > 1) throw new Error('The method takes one message.')
    running = controller
    answers.clear()
    const call = { method, messages, metadata, signal: controller.signal, hear: answers.add }
    if (overWebSocket()) open = callWebSocket({ ...call, url: find('address').value })
    showButtons()
    tell(open && method.takes ? 'Open: send more messages, or end them.' : 'Running…')
    const outcome = await (open ? open.outcome : callHttp({ ...call, url: root }))
    answers.end(outcome)
    const { error } = outcome
    if (error)
      tell(
        `Failed with ${error.code ?? 'UNKNOWN'} after ${countOf(answers.total)}: ${error.error ?? ''}`,
        'bad',
      )
    else tell(`Ended: OK, ${countOf(answers.total)}.`, 'good')
  } catch (error) {
    answers.end({})
    if (controller.signal.aborted) tell(`Cancelled after ${countOf(answers.total)}.`)
    else tell(error instanceof Error ? error.message : String(error), 'bad')
  } finally {
    running = open = undefined
    showButtons()
  }
}

/** @param {number} count */
function countOf(count) {
  return count === 1 ? '1 answer' : `${count} answers`
}

/** Fills the page. */
async function fill() {
  const response = await fetch('../openapi.json')
  if (!response.ok)
    throw new Error(`The description cannot be had: HTTP ${response.status} ${await response.text()}`)
  methods = streamingMethods(await response.json())
  find('none').hidden = methods.length > 0
  if (methods.length === 0) return
  for (const { service, name } of methods) {
    const option = document.createElement('option')
    option.textContent = `${service}.${name}`
    choice.append(option)
  }
  find('address').value = root.replace(/^http/, 'ws').replace(/\/$/, '')
  form.hidden = false
  choose()
}

choice.addEventListener('change', choose)
form.addEventListener('change', () => (find('socket').hidden = !overWebSocket()))
form.addEventListener('submit', (/** @type {{ preventDefault(): void }} */ event) => {
  event.preventDefault()
  if (!running) void run()
})
cancel.addEventListener('click', () => running?.abort())
end.addEventListener('click', () => {
  open?.end()
  send.hidden = end.hidden = true
  tell('Running…')
})
send.addEventListener('click', () => {
  try {
    open?.send(readMessages(input.value))
  } catch (error) {
    tell(/** @type {Error} */ (error).message, 'bad')
  }
})
fill().catch((/** @type {Error} */ { message }) => {
  form.hidden = false
  start.disabled = true
  tell(message, 'bad')
})
