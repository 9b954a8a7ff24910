/** Changes of schemas such as people make, and some that they had better not. */
import type { JsonSchema } from '../../lib/core/schema/json-schema.ts'

type Node = Record<string, unknown>

/** Gives a number below `n`. */
export type Pick = (n: number) => number

/** A copy of a schema with a few of its parts changed, as plain JSON. */
export function mutated(schema: object, pick: Pick): JsonSchema {
  const copy = structuredClone(JSON.parse(JSON.stringify(schema))) as Node
  for (let times = pick(2); times >= 0; times--) {
    const nodes = nodesOf(copy)
    change(nodes[pick(nodes.length)]!, pick)
  }
  return copy
}

function nodesOf(node: Node): Node[] {
  const inner: unknown[] = [
    ...Object.values((node['properties'] ?? {}) as Node),
    ...Object.values((node['patternProperties'] ?? {}) as Node),
    ...((node['anyOf'] ?? []) as Node[]),
    ...((node['allOf'] ?? []) as Node[]),
    ...(Array.isArray(node['items'])
      ? (node['items'] as Node[])
      : node['items']
        ? [node['items'] as Node]
        : []),
    ...(typeof node['additionalProperties'] === 'object' ? [node['additionalProperties']] : []),
  ]
  return [node, ...inner.flatMap((one) => nodesOf(one as Node))]
}

function change(node: Node, pick: Pick): void {
  if (node['$ref'] !== undefined) return
  const own = changes[String(node['type'])] ?? changes['undefined']!
  const all = pick(4) === 0 ? general : own
  all[pick(all.length)]!(node, pick)
}

type Change = (node: Node, pick: Pick) => void

const leaves: readonly Node[] = [
  { type: 'string' },
  { type: 'integer' },
  { type: 'number' },
  { type: 'boolean' },
  { type: 'null' },
  { const: 'a', type: 'string' },
  { anyOf: [{ const: 'a', type: 'string' }, { type: 'null' }] },
  {},
]

const toNullable: Change = (node) => {
  if (node['$id'] !== undefined || node['default'] !== undefined) return
  const before = { ...node }
  for (const key of Object.keys(node)) delete node[key]
  node['anyOf'] = [before, { type: 'null' }]
}

const general: readonly Change[] = [
  toNullable,
  (node) => void (node['description'] = 'says nothing of what is accepted'),
  (node, pick) => {
    if (node['$id'] !== undefined) return
    for (const key of Object.keys(node)) if (key !== 'default') delete node[key]
    Object.assign(node, structuredClone(leaves[pick(leaves.length)]))
  },
]

function set(key: string, ...values: readonly unknown[]): Change {
  return (node, pick) => {
    const value = values[pick(values.length)]
    if (value === undefined) delete node[key]
    else node[key] = value
  }
}

const changes: Readonly<Record<string, readonly Change[]>> = {
  string: [
    set('minLength', undefined, 1, 2),
    set('maxLength', undefined, 2, 4),
    set('pattern', undefined, '^[a-c]+$', '^[a-z]*$'),
    set('format', undefined, 'uuid', 'date-time'),
  ],
  integer: [
    set('minimum', undefined, 0, 3),
    set('exclusiveMaximum', undefined, 10, 12),
    set('type', 'number', 'integer'),
    set('multipleOf', undefined, 1, 2, 4),
  ],
  number: [
    set('exclusiveMinimum', undefined, -3, 0.5),
    set('maximum', undefined, 6, 10),
    set('type', 'number', 'integer'),
    set('multipleOf', undefined, 1, 2, 0.5),
  ],
  array: [
    set('minItems', undefined, 1),
    set('maxItems', undefined, 1, 2, 3),
    set('uniqueItems', undefined, true),
    set('additionalItems', undefined, false),
    (node) => {
      if (Array.isArray(node['items'])) (node['items'] as Node[]).push({ type: 'integer' })
    },
    (node) => {
      if (Array.isArray(node['items'])) (node['items'] as Node[]).pop()
    },
  ],
  object: [
    set('additionalProperties', undefined, true, false, { type: 'integer' }, { type: 'string' }),
    set('minProperties', undefined, 1),
    set('maxProperties', undefined, 3),
    (node, pick) => {
      const keys = Object.keys(node['properties'] ?? {})
      if (keys.length > 0) delete (node['properties'] as Node)[keys[pick(keys.length)]!]
      const left = new Set(Object.keys(node['properties'] ?? {}))
      if (node['required']) node['required'] = (node['required'] as string[]).filter((key) => left.has(key))
    },
    (node, pick) => {
      const key = ['a', 'b', 'more', 'new'][pick(4)]!
      node['properties'] = {
        ...(node['properties'] as Node),
        [key]: structuredClone(leaves[pick(leaves.length)]),
      }
      if (pick(2) === 0) node['required'] = [...new Set([...((node['required'] ?? []) as string[]), key])]
    },
    (node, pick) => {
      const keys = Object.keys(node['properties'] ?? {})
      const key = keys[pick(keys.length || 1)]
      const required = new Set((node['required'] ?? []) as string[])
      if (key !== undefined && !required.delete(key)) required.add(key)
      node['required'] = [...required]
    },
    (node, pick) => {
      const all = Object.values((node['properties'] ?? {}) as Node) as Node[]
      const one = all[pick(all.length || 1)]
      if (one) set('default', undefined, 'a', 0, null)(one, pick)
    },
  ],
  undefined: [
    (node, pick) => {
      const branches = node['anyOf'] as Node[] | undefined
      if (branches && branches.length > 1) branches.splice(pick(branches.length), 1)
    },
    (node, pick) => void (node['anyOf'] as Node[] | undefined)?.push(structuredClone(leaves[pick(6)]!)),
    (node, pick) => {
      const values = node['enum'] as unknown[] | undefined
      if (values) node['enum'] = [...values, 'more', 12].slice(pick(2))
    },
  ],
}
