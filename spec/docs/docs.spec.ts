import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { blocksOf, missingLine, readPage, stepsOf, type Page } from './page.ts'
import { createProject, type Project } from './project.ts'

const guide = readdirSync('docs').filter((name) => name.endsWith('.md'))
const files = ['README.md', 'CONTRIBUTING.md', ...guide.map((name) => path.join('docs', name))]
const pages = files.filter((file) => file.endsWith('.md')).map(readPage)

const fence = (language: string, code: string): string => `\`\`\`${language}\n${code}\n\`\`\`\n`
const pageOf = (text: string, name = 'page'): Page => ({ name, file: `${name}.md`, blocks: blocksOf(text) })
const illTyped = pageOf(
  `# Page\n\n${fence('ts', "import { rpc } from 'microapi-ts'\n\nrpc.nothing()")}`,
  'ill-typed',
)

let shown: Project
let complaints: readonly string[]
beforeAll(async () => {
  shown = await createProject('docs', [...pages, illTyped])
  complaints = shown.check()
}, 120_000)
const isOfIllTyped = (complaint: string): boolean => complaint.startsWith(illTyped.file)

describe('what the pages show', () => {
  it('type-checks', () => {
    expect(complaints.filter((complaint) => !isOfIllTyped(complaint))).toEqual([])
  })

  it.concurrent.each(
    pages.filter((page) => stepsOf(page).length > 0).map((page) => [page.file, page] as const),
  )('%s runs', { timeout: 60_000 }, async (_, page) => {
    await shown.run(page)
  })

  it.each(files)('%s links to what is there', (file) => {
    const text = readFileSync(file, 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '')
    const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target]) => target!)
    const broken = links.filter(
      (target) => !/^[a-z]+:/.test(target) && !existsSync(path.join(path.dirname(file), target)),
    )
    expect(broken).toEqual([])
  })
})

describe('a page that is wrong is found out', () => {
  it('a block that does not type-check is named by its line', () => {
    expect(complaints.filter(isOfIllTyped)).toEqual([
      expect.stringMatching(/^ill-typed\.md:6: error TS2339: .*nothing/),
    ])
  })

  it.each([
    ['a block that throws', fence('ts', "throw new Error('broken')"), 'page.md:2 failed: Error: broken'],
    ['a rejection that nobody awaits', fence('ts', "void Promise.reject(new Error('broken'))"), 'broken'],
    [
      'a file that another imports',
      `${fence('ts', '// a.ts\nexport const a = 1')}${fence('ts', "import { a } from './a.js'\nif (a !== 2) throw new Error('a')")}`,
      'page.md:6 failed',
    ],
    [
      'an output that differs',
      `${fence('ts', 'console.log(1)')}<!-- prints -->\n${fence('text', '2')}`,
      'did not print:\n2',
    ],
    [
      'a curl that reaches nobody',
      fence('sh', 'curl -s http://127.0.0.1:8080/'),
      'page.md:2 failed: it ended with 7',
    ],
  ])('%s fails', { timeout: 30_000 }, async (name, text, message) => {
    const page = pageOf(text)
    const project = await createProject(`docs-wrong-${name.replaceAll(' ', '-')}`, [page])
    await expect(project.run(page)).rejects.toThrow(message)
  })

  it('a block is left out only for a reason', () => {
    expect(stepsOf(pageOf(`<!-- types only: needs a broker -->\n${fence('ts', '1')}`))).toMatchObject([
      { run: false },
    ])
    expect(() => stepsOf(pageOf(`<!-- types only -->\n${fence('ts', '1')}`))).toThrow('say why')
    expect(() => blocksOf('```ts\n1')).toThrow('never closed')
  })

  it('lines must be there in order, `…` standing for anything', () => {
    expect(missingLine('a\nb 17 c\nd', 'a\nb … c')).toBeUndefined()
    expect(missingLine('b\na', 'a\nb')).toBe('b')
    expect(missingLine('a.b', 'a+b')).toBe('a+b')
  })
})
