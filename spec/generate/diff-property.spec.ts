import fc from 'fast-check'
import type { TSchema } from '@sinclair/typebox'
import { defineService, Empty, isRpcError, rpc } from 'microapi-ts'
import { describe, expect, it } from 'vitest'
import type { Method } from '../../lib/core/method.ts'
import { compileChecks } from '../../lib/core/schema/check.ts'
import { compileSchema, type CompiledSchema } from '../../lib/core/schema/compile.ts'
import type { JsonSchema } from '../../lib/core/schema/json-schema.ts'
import { buildWalk } from '../../lib/core/schema/walk.ts'
import { compareSchemas } from '../../lib/generate/diff/compare.ts'
import { diffApis } from '../../lib/generate/diff/diff.ts'
import { protoCodecs, type ProtoCodec } from '../../lib/wire/protobuf/codecs.ts'
import { narrowsNothing, widensNothing } from '../../lib/generate/diff/schema-change.ts'
import { mutated } from './diff-mutations.ts'
import { messages } from './openapi-samples.ts'

const slow = { timeout: 240_000 }

/** A schema as those at both ends of a wire use it. */
interface End {
  readonly schema: CompiledSchema
  /** What a caller sends of a value: no keys that its schema does not know, and no defaults. */
  readonly sent: (value: unknown) => unknown
}

/** A default inside of a union that no tag tells apart is refused when an app is made. */
function endOf(schema: JsonSchema): End | undefined {
  try {
    const { accepts } = compileChecks(schema)
    const drop = buildWalk(schema, { drop: true, accepts })
    return { schema: compileSchema(schema as TSchema), sent: drop ?? ((value) => value) }
  } catch (error) {
    expect(String(error)).toContain('a default inside an untagged union')
    return undefined
  }
}

type Outcome = { readonly value: unknown } | undefined

function attempt(run: () => unknown): Outcome {
  try {
    return { value: run() }
  } catch (error) {
    expect(String(error)).toBe('Error: refused')
    return undefined
  }
}

const fail = (): Error => new Error('refused')
const take = ({ schema }: End, value: unknown): Outcome =>
  attempt(() => schema.take(structuredClone(value), fail))
const give = ({ schema }: End, value: unknown): Outcome =>
  attempt(() => schema.give(structuredClone(value), fail))

/** What gets to the other side of a value: of an input what a caller sends, of an output what our server gives. */
const senders = {
  input: (end: End, value: unknown): Outcome =>
    take(end, value) && { value: end.sent(structuredClone(value)) },
  output: give,
} as const

interface Case {
  readonly old: JsonSchema
  readonly next: JsonSchema
  readonly values: readonly unknown[]
}

const cases = messages.chain((one) =>
  fc
    .tuple(
      fc.infiniteStream(fc.nat(997)),
      fc.array(fc.oneof(one.any, one.valid), { minLength: 8, maxLength: 16 }),
    )
    .map(([numbers, values]) => {
      const old = JSON.parse(JSON.stringify(one.schema)) as JsonSchema
      const next = mutated(old, (n) => (numbers.next().value as number) % n)
      return { old, next, values, [fc.toStringMethod]: () => JSON.stringify({ old, next, values }) }
    }),
)

/** Codecs and checks of a method that takes a schema; undefined for what protobuf cannot express. */
async function protoEndOf(
  schema: JsonSchema,
): Promise<{ end: End; codec: ProtoCodec; contract: Contract } | undefined> {
  const end = endOf(schema)
  if (!end) return undefined
  try {
    const contract = { s: defineService({ m: rpc.unary(schema as typeof Empty, Empty) }) }
    const { kind, input, output, options } = contract.s.m
    const { methods } = await protoCodecs([{ service: 's', name: 'm', kind, input, output, options }])
    return { end, codec: methods[0]!, contract }
  } catch {
    return undefined
  }
}

type Contract = { readonly s: { readonly m: Method } }

describe('what a comparison calls safe', () => {
  it('a message of the one schema is accepted by the other', slow, () => {
    const seen = { kept: 0, told: 0, refused: 0 }
    const check = (
      part: 'input' | 'output',
      [a, b]: readonly [End, End],
      { old, next, values }: Case,
    ): void => {
      const changes = compareSchemas(old, next, { part })
      const directions = [
        [a, b, narrowsNothing(changes)],
        [b, a, widensNothing(changes)],
      ] as const
      for (const [from, to, isSafe] of directions) {
        seen[isSafe ? 'kept' : 'told']++
        for (const value of values) {
          const sent = senders[part](from, value)
          if (!sent) continue
          const taken = take(to, sent.value)
          if (isSafe)
            expect({ part, value, sent: sent.value, isTaken: taken !== undefined }).toMatchObject({
              isTaken: true,
            })
          else if (!taken) seen.refused++
        }
      }
    }
    fc.assert(
      fc.property(cases, (one) => {
        const [a, b] = [endOf(one.old), endOf(one.next)]
        if (!a || !b) return
        check('input', [a, b], one)
        check('output', [a, b], one)
      }),
      { numRuns: Number(process.env['DIFF_RUNS'] ?? 120) },
    )
    expect(Math.min(seen.kept, seen.told, seen.refused)).toBeGreaterThan(50)
  })

  it('the protobuf of the one version is read and accepted by the other', slow, async () => {
    const seen = { kept: 0, told: 0, read: 0 }
    await fc.assert(
      fc.asyncProperty(cases, async ({ old, next, values }) => {
        const [a, b] = [await protoEndOf(old), await protoEndOf(next)]
        if (!a || !b) return
        const { changes } = diffApis(a.contract, b.contract, { wire: 'protobuf' })
        const isSafe = changes.every(({ level }) => level === 'safe')
        seen[isSafe ? 'kept' : 'told']++
        if (!isSafe) return
        for (const value of values) {
          const sent = senders.input(a.end, value)
          const bytes = sent && written(() => a.codec.writeInput(sent.value))
          if (!bytes) continue
          seen.read++
          const isTaken = take(b.end, b.codec.readInput(bytes)) !== undefined
          expect({ value, sent: sent.value, isTaken }).toMatchObject({ isTaken: true })
        }
      }),
      { numRuns: Number(process.env['DIFF_RUNS'] ?? 120) },
    )
    expect(Math.min(seen.kept, seen.told, seen.read)).toBeGreaterThan(20)
  })
})

/** Not every number that a schema lets pass has room in protobuf. */
function written(write: () => Uint8Array): Uint8Array | undefined {
  try {
    return write()
  } catch (error) {
    expect(isRpcError(error)).toBe(true)
    return undefined
  }
}
