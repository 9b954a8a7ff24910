import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

/*
 * What can be told of docs/reference by the sources alone, which takes no time. That each page is word for word what the
 * types say, `npm run docs:reference -- --check` tells.
 */

const { name, exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  name: string
  exports: Record<string, string | { types: string }>
}
const entries = Object.entries(exports).flatMap(([subpath, target]) => {
  if (typeof target === 'string') return []
  const source = target.types.replace('./dist/', 'lib/').replace(/\.d\.ts$/, '.ts')
  const specifier = path.posix.join(name, subpath)
  return [{ specifier, page: `docs/reference/${path.posix.basename(specifier)}.md`, source }]
})

/** What a module exports, types included; entries name each, so that their text tells. */
function namesOf(source: string): string[] {
  const text = readFileSync(source, 'utf8').replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '')
  const lists = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list]) => list!.split(','))
  const declared = [
    ...text.matchAll(/^export (?:async )?(?:const|function|class|interface|type) (\w+)/gm),
  ].map(([, one]) => one!)
  const listed = lists.map((one) =>
    one
      .replace(/^\s*type /, '')
      .trim()
      .split(/ as /)
      .at(-1)!,
  )
  return [...listed, ...declared].filter((one) => one !== '')
}

/** The part of a page about a name: its heading and what stands below it, up to the next of that rank. */
function sectionOf(page: string, wanted: string): string | undefined {
  return page.split(/^(?=#{1,3} )/m).find((part) => /^### (\w+)/.exec(part)?.[1] === wanted)
}

/** The prose of a section, without headings, code and tables. */
function proseOf(section: string): string {
  return section
    .replaceAll(/^```[^]*?^```$/gm, '')
    .split(/^####+ (?!Call Signature)/m)[0]!
    .split('\n')
    .filter((line) => /^[^#|\s>-]/.test(line))
    .join('\n')
}

describe('the reference', () => {
  it('has a page for each entry, and no other', () => {
    const wanted = ['README.md', ...entries.map(({ page }) => path.basename(page))].toSorted()
    expect(readdirSync('docs/reference').toSorted()).toEqual(wanted)
    expect(entries.length).toBeGreaterThan(10)
  })

  it.each(entries.map((entry) => [entry.specifier, entry] as const))(
    '%s says something of every name that it exports',
    (_, { source, page }) => {
      const text = readFileSync(page, 'utf8')
      const names = namesOf(source)
      expect(names.length).toBeGreaterThan(0)
      const lacking = names.filter((one) => !proseOf(sectionOf(text, one) ?? ''))
      expect(lacking, 'run npm run docs:reference; if they stay, they lack a JSDoc sentence').toEqual([])
    },
  )

  it.each(entries.map((entry) => [entry.specifier, entry] as const))(
    '%s shows no name that it does not export',
    (_, { source, page }) => {
      const shown = [...readFileSync(page, 'utf8').matchAll(/^### (\w+)/gm)].map(([, one]) => one!)
      const names = new Set(namesOf(source))
      expect(shown.filter((one) => !names.has(one))).toEqual([])
    },
  )

  it('links to pages and headings that are there', () => {
    const files = readdirSync('docs/reference')
    const broken = files.flatMap((file) => {
      const text = readFileSync(path.join('docs/reference', file), 'utf8').replaceAll(/^```[^]*?^```$/gm, '')
      const targets = [...text.matchAll(/\]\(([^)#\s]*)(?:#([^)\s]*))?\)/g)].filter(
        ([, target]) => !/^[a-z]+:/.test(target!),
      )
      return targets.flatMap(([link, target, anchor]) => {
        const there = path.join('docs/reference', target || file)
        if (!existsSync(there)) return [`${file}: ${link}`]
        return anchor === undefined || anchorsOf(there).has(anchor) ? [] : [`${file}: ${link}`]
      })
    })
    expect(broken).toEqual([])
  })
})

const anchors = new Map<string, Set<string>>()

/** The fragments that a page answers to: its headings as GitHub names them, and those that stand in it. */
function anchorsOf(file: string): Set<string> {
  let known = anchors.get(file)
  if (known) return known
  anchors.set(file, (known = new Set()))
  const text = readFileSync(file, 'utf8').replaceAll(/^```[^]*?^```$/gm, '')
  for (const [, id] of text.matchAll(/<a id="([^"]+)">/g)) known.add(id!)
  const seen = new Map<string, number>()
  for (const [, heading] of text.matchAll(/^#+ (.*)$/gm)) {
    const slug = heading!
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(/\s/g, '-')
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    known.add(count === 0 ? slug : `${slug}-${count}`)
  }
  return known
}
