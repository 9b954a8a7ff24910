import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'

/** Where Debian has Google's own .proto files. */
const google = '/usr/include'

/** protoc, working on some files. */
export interface Protoc {
  /** Compiles all of them; what is wrong is thrown. Gives a FileDescriptorSet as text. */
  compile(): string
  /** The same as bytes; options are protoc's, such as `--include_imports`. */
  set(...more: readonly string[]): Buffer
  /** What bytes say, as text; `type` is a message's full name. */
  decode(type: string, bytes: Uint8Array): string
  /** Bytes of text. */
  encode(type: string, text: string): Buffer
  /** A FileDescriptorProto as text, as it stands in a set. */
  describe(file: Uint8Array): string
}

/** Writes files to a folder that is gone when the test is over. */
export function protocOf(files: Readonly<Record<string, string>>): Protoc {
  const folder = mkdtempSync(path.join(tmpdir(), 'microapi-proto-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), text)
  }
  const names = Object.keys(files)
  const protoc = (args: readonly string[], input: string | Uint8Array = ''): Buffer =>
    execFileSync('protoc', ['-I', folder, '-I', google, ...args], { input, stdio: ['pipe', 'pipe', 'pipe'] })
  const setText = (set: Uint8Array): string =>
    protoc(['--decode=google.protobuf.FileDescriptorSet', 'google/protobuf/descriptor.proto'], set).toString()
  const compiled = (...more: readonly string[]): Buffer => {
    const set = path.join(folder, 'set')
    protoc([`--descriptor_set_out=${set}`, ...more, ...names])
    return readFileSync(set)
  }
  return {
    compile: () => setText(compiled()),
    set: compiled,
    decode: (type, bytes) => protoc([`--decode=${type}`, ...names], bytes).toString(),
    encode: (type, text) => protoc([`--encode=${type}`, ...names], text),
    describe: (file) => setText(Buffer.concat([Buffer.from([10]), lengthOf(file), file])),
  }
}

function lengthOf(bytes: Uint8Array): Buffer {
  const octets: number[] = []
  let rest = bytes.length
  for (; rest > 127; rest = Math.floor(rest / 128)) octets.push((rest % 128) | 128)
  return Buffer.from([...octets, rest])
}
