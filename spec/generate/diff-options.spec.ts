import { Type } from '@sinclair/typebox'
import { defineService, rpc, type Service } from 'microapi-ts'
import { diffApis, type ApiChange } from 'microapi-ts/generate'
import { describe, expect, it } from 'vitest'
import { describeApp } from '../../lib/cli/app-description.ts'

const Item = Type.Object({ id: Type.Integer(), text: Type.String() })
type Contract = Readonly<Record<string, Service>>

const unary = (key?: (input: { text: string }) => string): Contract => ({
  s: defineService({ m: rpc.unary(Item, Item, key ? { key } : {}) }),
})
const event = (key?: (input: { text: string }) => string): Contract => ({
  s: defineService({ m: rpc.event(Item, key ? { key } : {}) }),
})
const stream = (cursor?: (item: { id: number }) => number): Contract => ({
  s: defineService({ m: rpc.serverStream(Item, Item, cursor ? { cursor } : {}) }),
})

/** Whom a change means something to, each once. */
function whomOf({ effects }: ApiChange): string[] {
  return [...new Set(effects.map(({ whom, level }) => `${whom} ${level}`))]
}
const changesOf = (old: Contract, next: Contract): readonly ApiChange[] => diffApis(old, next).changes
const rulesOf = (old: Contract, next: Contract): string[] => changesOf(old, next).map(({ rule }) => rule)

describe('a key', () => {
  const byText = ({ text }: { text: string }): string => text

  it('that is new leaves what old clients send, and have sent, without order', () => {
    const [change, ...others] = changesOf(event(), event(byText))
    expect(others).toEqual([])
    expect(change).toMatchObject({ rule: 'key-added', service: 's', method: 'm', level: 'risky' })
    expect(whomOf(change!)).toEqual(['old clients risky', 'stored events risky'])
    expect(whomOf(changesOf(unary(), unary(byText))[0]!)).toEqual(['old clients risky'])
  })

  it('that is gone ends the order for all', () => {
    const [change] = changesOf(unary(byText), unary())
    expect(change).toMatchObject({ rule: 'key-removed', level: 'risky' })
    expect(change!.message).toContain('no longer handled in its order')
    expect(whomOf(change!)).toEqual(['old clients risky', 'new clients risky'])
  })

  it('of another function may be another one; of the same text it is the same', () => {
    expect(
      rulesOf(
        unary(byText),
        unary(({ text }) => text.toLowerCase()),
      ),
    ).toEqual(['key-changed'])
    const again = ({ text }: { text: string }): string => text
    expect(rulesOf(unary(byText), unary(again))).toEqual([])
  })

  it('is told of descriptions as far as they know it: whether there is one', () => {
    const [without, with_] = [describeApp(unary()), describeApp(unary(byText))]
    expect(diffApis(without, with_).changes.map(({ rule }) => rule)).toEqual(['key-added'])
    expect(diffApis(with_, unary()).changes.map(({ rule }) => rule)).toEqual(['key-removed'])
    expect(
      diffApis(
        with_,
        unary(({ text }) => `${text}!`),
      ).changes,
    ).toEqual([])
  })
})

describe('a cursor', () => {
  const byId = ({ id }: { id: number }): number => id

  it('that is new means something to new clients alone: a server of before may begin anew', () => {
    const [change, ...others] = changesOf(stream(), stream(byId))
    expect(others).toEqual([])
    expect(change).toMatchObject({ rule: 'cursor-added', level: 'safe' })
    expect(whomOf(change!)).toEqual(['new clients risky'])
  })

  it('that is gone may give old clients all items again', () => {
    const [change] = changesOf(stream(byId), stream())
    expect(change).toMatchObject({ rule: 'cursor-removed', level: 'risky' })
    expect(whomOf(change!)).toEqual(['old clients risky'])
  })

  it('of another function may be another one', () => {
    expect(
      rulesOf(
        stream(byId),
        stream(({ id }) => -id),
      ),
    ).toEqual(['cursor-changed'])
    expect(
      diffApis(
        describeApp(stream(byId)),
        stream(({ id }) => -id),
      ).changes,
    ).toEqual([])
  })
})
