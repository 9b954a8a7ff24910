import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { depends, overrideDependencies } from 'microapi-ts'
import type { Page } from 'playwright-core'
import { expect, it, onTestFinished, vi } from 'vitest'
import { app } from '../../examples/browser/app.ts'
import { createServer } from '../../examples/browser/server.ts'
import type { Atlas } from '../../examples/cities/atlas.ts'
import type { City } from '../../examples/cities/schema.ts'
import { atlas } from '../../examples/cities/service.ts'
import { describeInChromium, openPage } from '../transports/browser-chromium.ts'

const slow = { timeout: 60_000 }

describeInChromium('the page of examples/browser', () => {
  it('shows what it finds as it comes, and the end', slow, async () => {
    const { page } = await openOver(manyCities())
    await search(page, 'some')
    await row(page, 3).waitFor()
    expect(await state(page)).toBe('searching')
    await row(page, 20).waitFor()
    expect(await state(page)).toBe('searching')
    await page.fill('#search [name=name]', 'three')
    await page.click('text=Search')
    await page.locator('#state:text-is("done")').waitFor()
    expect(await page.locator('#found li').allTextContents()).toEqual([
      'City 0, XX: 1,000',
      'City 1, XX: 1,001',
      'City 2, XX: 1,002',
    ])
  })

  it('cancels, and the server looks no further', slow, async () => {
    const cities = manyCities()
    const { page } = await openOver(cities)
    await search(page, 'some')
    await row(page, 3).waitFor()
    expect(cities.left).toBe(0)
    await page.click('#cancel')
    await page.locator('#state:text-is("cancelled")').waitFor()
    await vi.waitFor(() => expect(cities.left).toBe(1))
    expect(cities.given).toBeLessThan(10_000)
    expect(await page.locator('#error').textContent()).toBe('')
    expect(await page.locator('#cancel').isDisabled()).toBe(true)
  })

  it(
    'asks and is answered on one stream; tells that the server has gone; goes on when it is back',
    slow,
    async () => {
      const first = await serve(0)
      const page = await open(first.url)
      await ask(page, 46.9, 7.5)
      await page.locator('#answers li:text-is("Belp (CH), 1 km away")').waitFor()
      await ask(page, 0, 0)
      await page.locator('#answers li:nth-child(2)').waitFor()

      await stop(first.child)
      await page.locator('#error:has-text("UNAVAILABLE: the connection was closed with code 1006")').waitFor()
      await search(page, 'Bern')
      await page.locator('#error:has-text("UNAVAILABLE: the connection failed")').waitFor()
      expect(await state(page)).toBe('failed')
      await ask(page, 46.9, 7.5)
      await page.locator('#error:has-text("the connection could not be opened")').waitFor()

      await serve(Number(new URL(first.url).port))
      await search(page, 'Bernex')
      await page.locator('#state:text-is("done")').waitFor()
      expect(await page.locator('#found li').allTextContents()).toEqual(['Bernex, CH: 9,759'])
      expect(await page.locator('#error').textContent()).toBe('')
      await ask(page, 46.9, 7.5)
      // Those from before are still there: the page was not loaded again.
      await page.locator('#answers li:nth-child(3):text-is("Belp (CH), 1 km away")').waitFor()
    },
  )
})

interface ManyCities extends Atlas {
  /** Cities that the service has taken so far, and how often it has left before the last. */
  readonly given: number
  readonly left: number
}

/** Finds three cities by "three", and by any other name more than anybody waits for, too much for what lies on the way. */
function manyCities(): ManyCities {
  let [given, left] = [0, 0]
  const cityOf = (id: number, more = ''): City => ({
    id,
    name: `City ${id}${more}`,
    country: 'XX',
    population: 1_000 + id,
    lat: 0,
    lon: 0,
  })
  return {
    get given() {
      return given
    },
    get left() {
      return left
    },
    size: 0,
    byId: (id) => cityOf(id),
    *startingWith(name) {
      const [count, more] = name === 'three' ? [3, ''] : [1_000_000, 'x'.repeat(10_000)]
      let id = 0
      try {
        for (; id < count; id++, given++) yield cityOf(id, more)
      } finally {
        if (id < count) left++
      }
    },
    nearest: () => ({ city: cityOf(0), distance_km: 0 }),
  }
}

async function openOver(cities: Atlas): Promise<{ page: Page }> {
  vi.spyOn(console, 'info').mockReturnValue()
  const server = await createServer(
    overrideDependencies(app, [[atlas, depends(() => cities, { scope: 'app' })]]),
  )
  onTestFinished(() => server.close())
  return { page: await open(await server.listen({ host: '127.0.0.1', port: 0 })) }
}

async function open(url: string): Promise<Page> {
  const page = await openPage(url)
  onTestFinished(() => page.close())
  return page
}

async function serve(port: number): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/browser/serve.ts'], {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => stop(child))
  let text = ''
  while (!text.includes('Open http')) text += String((await once(child.stdout, 'data'))[0])
  child.stdout.resume()
  return { child, url: /http:\/\/[\d.:]+/.exec(text)![0] }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

async function search(page: Page, name: string): Promise<void> {
  await page.fill('#search [name=name]', name)
  await page.click('text=Search')
}

async function ask(page: Page, lat: number, lon: number): Promise<void> {
  await page.fill('[name=lat]', String(lat))
  await page.fill('[name=lon]', String(lon))
  await page.click('text=Ask')
}

const row = (page: Page, number: number) => page.locator(`#found li:nth-child(${number})`)
const state = (page: Page): Promise<string | null> => page.locator('#state').textContent()
