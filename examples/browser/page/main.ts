/** Searches by HTTP, one request for each search, and asks for the nearest city by WebSocket, on one stream that stays open. */
import { createClient, isRpcError, type Client } from 'microapi-ts/client'
import type { app } from '../app.ts'

const { cities } = createClient<typeof app>(`${location.origin}/api`)
const live = createClient<typeof app>(`${location.origin.replace('http', 'ws')}/api`)

const find = (selector: string): HTMLElement => document.querySelector<HTMLElement>(selector)!
const [found, state, answers] = [find('#found'), find('#state'), find('#answers')]
const cancel = find('#cancel') as HTMLButtonElement

let search: AbortController | undefined
cancel.addEventListener('click', () => search?.abort())

find('#search').addEventListener('submit', async (event) => {
  event.preventDefault()
  search?.abort()
  const { signal } = (search = new AbortController())
  cancel.disabled = false
  state.textContent = 'searching'
  found.replaceChildren()
  const ended = await telling(async () => {
    for await (const city of cities.search_cities(
      { name: textOf(event, 'name'), limit: 10_000 },
      { signal },
    )) {
      show(found, `${city.name}, ${city.country}: ${city.population.toLocaleString('en')}`)
      // The page shows one before it takes the next, and the server looks for no more than are taken.
      await new Promise(requestAnimationFrame)
    }
  })
  // A newer search has the page by now.
  if (search.signal !== signal) return
  cancel.disabled = true
  state.textContent = ended
})

type Asking = ReturnType<Client<typeof app>['cities']['nearest_cities']>
let asking: Asking | undefined

find('#ask').addEventListener('submit', (event) => {
  event.preventDefault()
  const position = { lat: Number(textOf(event, 'lat')), lon: Number(textOf(event, 'lon')) }
  // After a failure the next question begins a new stream, and connects again.
  if (!asking) void telling(() => listen((asking = live.cities.nearest_cities())))
  // What keeps it from being sent ends the stream, of which `listen` tells.
  asking!.send(position).catch(() => {})
})

async function listen(stream: Asking): Promise<void> {
  try {
    for await (const { city, distance_km } of stream)
      show(answers, `${city.name} (${city.country}), ${distance_km} km away`)
  } finally {
    asking = undefined
  }
}

/** Does something that may fail, and tells how it ended; what went wrong stands above. */
async function telling(work: () => Promise<void>): Promise<'done' | 'cancelled' | 'failed'> {
  const error = find('#error')
  error.textContent = ''
  try {
    await work()
    return 'done'
  } catch (failure) {
    if (!isRpcError(failure)) throw failure
    if (failure.code === 'CANCELLED') return 'cancelled'
    error.textContent = `${failure.code}: ${failure.message}`
    return 'failed'
  }
}

function show(list: Element, text: string): void {
  const item = document.createElement('li')
  item.textContent = text
  list.append(item)
}

function textOf({ target }: SubmitEvent, field: string): string {
  return (new FormData(target as HTMLFormElement).get(field) as string | null) ?? ''
}
