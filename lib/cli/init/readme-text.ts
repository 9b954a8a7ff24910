import type { TransportProfile } from './transports.ts'

/** `README.md` of a new project. */
export function readmeText(name: string, { url, needs, port }: TransportProfile): string {
  const call = `npx microapi call '${url}'`
  const broker = needs === undefined ? '' : `It needs ${needs}.\n\n`
  const docker =
    port === undefined
      ? ''
      : `
## Docker

\`\`\`sh
docker build -t app . && docker run --rm -p ${port}:${port} app
\`\`\`
`
  return `# ${name}

A service that keeps notes, with [microapi-ts](https://www.npmjs.com/package/microapi-ts).

\`\`\`sh
npm install
npm test          # the specs
npm run check     # the types
npm run dev       # serves it, anew whenever a file changes
npm start         # serves it
\`\`\`

${broker}Call it from another terminal:

\`\`\`sh
${call} notes.write_note '{"text":"buy tea"}'
${call} notes.read_note '{"id":1}'
${call} notes.list_notes '{}'
${call} notes.read_note '{"id":7}'    # NOT_FOUND
${call} notes.note_was_read '{"id":1}' --event
\`\`\`

| file               | what                                                                  |
| ------------------ | --------------------------------------------------------------------- |
| \`src/contract.ts\`  | what it takes and gives: clients import this                          |
| \`src/app.ts\`       | the handlers; notes are kept in memory, so this is the place for a database |
| \`spec/app.spec.ts\` | its specs, which call it without a server                             |

\`npx microapi info src/app.ts\` shows the service, \`npx microapi generate src/app.ts --openapi -o api\` describes it, and
\`npx microapi --help\` says what else there is.
${docker}`
}
