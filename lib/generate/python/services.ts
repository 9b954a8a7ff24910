import type { MethodKind } from '../../core/kind.ts'
import type { NamedMethod } from '../json-schema/source.ts'
import { left, type PythonError } from './classes.ts'
import { pythonName, typeBeside } from './names.ts'
import { docstring, exported, pythonString } from './text.ts'
import type { PythonType } from './types.ts'

/** A method, and what it is in Python. */
export interface PythonMethod {
  readonly method: NamedMethod
  /** Undefined where it takes nothing. */
  readonly input: PythonType | undefined
  /** Undefined where it gives nothing. */
  readonly output: PythonType | undefined
  /** Its declared errors, by their reasons. */
  readonly errors: Readonly<Record<string, PythonError>>
}

/** The module of a service: a function for each method, a class for each that takes a stream. */
export function serviceModule(
  service: string,
  methods: readonly PythonMethod[],
  { mark, types }: { readonly mark: string; readonly types: ReadonlySet<string> },
): string {
  const names = methods.map(({ method }) => pythonName(method.name))
  const hidden = new Set(names)
  const bodies = methods.map((one) => methodText(one, hidden))
  const constants = methods.map((one) =>
    constantText(one)
      .map((line) => `    ${line}`)
      .join('\n'),
  )
  const text = `${bodies.join('\n')}\n${constants.join('\n')}`
  return [
    `${mark}.`,
    `"""Client of the service ${service}."""`,
    '',
    'from __future__ import annotations',
    '',
    ...importLines(text, types),
    '',
    '',
    [...bodies, `class _M:\n${constants.join('\n')}`, exported(names)].join('\n\n\n'),
    '',
  ].join('\n')
}

function importLines(text: string, types: ReadonlySet<string>): readonly string[] {
  const uses = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(text)
  const typing = ['Any', 'Literal'].filter(uses)
  const own = typesIn(text, types)
  const standard = [
    ...(uses('_b') ? ['import builtins as _b'] : []),
    ...(uses('_dt') ? ['import datetime as _dt'] : []),
    ...(uses('AsyncGenerator') ? ['from collections.abc import AsyncGenerator'] : []),
    ...(typing.length > 0 ? [`from typing import ${typing.join(', ')}`] : []),
  ]
  return [
    ...standard,
    ...(standard.length > 0 ? [''] : []),
    'from . import _connection as _c',
    ...(uses('_s') ? ['from . import _streams as _s'] : []),
    'from . import _values as _v',
    'from ._connection import Call',
    ...(own.length > 0 ? ['from .types import (', ...own.map((name) => `    ${name},`), ')'] : []),
  ]
}

/** The names of types.py in a text, and those of what reads and writes them; a word of a comment may be one too many. */
function typesIn(text: string, types: ReadonlySet<string>): readonly string[] {
  const found = new Set([...text.matchAll(/(?<![.\w])_?[A-Z]\w*/g)].map(([word]) => word))
  return [...found].filter((word) => types.has(word.replace(/^_/, ''))).toSorted()
}

function constantText({ method, input, output, errors }: PythonMethod): readonly string[] {
  const { service, name, kind, options } = method
  const reasons = Object.entries(errors).map(
    ([reason, { name: error }]) => `${pythonString(reason)}: ${error}`,
  )
  const isIdempotent = options.idempotent ?? kind === 'event'
  const more = [
    ...(input ? [`input=${input.codec}`] : []),
    ...(output ? [`output=${output.codec}`] : []),
    ...(kind === 'unary' || kind === 'event' ? [] : ['streams=True']),
    ...(options.timeoutMs === undefined ? [] : [`timeout=${options.timeoutMs / 1000}`]),
    ...(isIdempotent ? ['idempotent=True'] : []),
    ...(reasons.length > 0 ? [`errors={${reasons.join(', ')}}`] : []),
  ]
  const own = pythonName(name)
  const head = `${own} = _c.Method(${pythonString(service)}, ${pythonString(name)}`
  if (more.length === 0) return [`${head})`]
  return [`${head},`, ...more.map((one) => `    ${one},`), ')']
}

/** What is said of one call stands last. */
const callParameter = 'call: Call | None = None'

function methodText(one: PythonMethod, hidden: ReadonlySet<string>): string {
  const { method, output } = one
  const own = pythonName(method.name)
  const gives = output?.type ?? 'None'
  const beside = (type: string): string => typeBeside(type, hidden)
  const { parameters, message } = parametersOf(one, beside)
  const doc = docstring(docOf(one), '    ')
  const signature = (name: string, all: readonly string[], result: string, indent = ''): string => {
    const text = all.join(', ')
    const whole = `${indent}${name}(${text}) -> ${beside(result)}:`
    if (whole.length <= 110) return whole
    return [
      `${indent}${name}(`,
      ...all.map((each) => `${indent}    ${each},`),
      `${indent}) -> ${beside(result)}:`,
    ].join('\n')
  }
  switch (method.kind) {
    case 'unary':
    case 'event':
      return [
        signature(`async def ${own}`, [...parameters, callParameter], gives),
        ...doc,
        ...(output
          ? [
              `    result: ${beside(gives)} = await _c.unary(_M.${own}, ${message}, call)`,
              '    return result',
            ]
          : [`    await _c.unary(_M.${own}, ${message}, call)`]),
      ].join('\n')
    case 'serverStream':
      return [
        signature(
          `def ${own}`,
          [...parameters, callParameter],
          `AsyncGenerator[${output?.type ?? 'Any'}, None]`,
        ),
        ...doc,
        `    return _c.server_stream(_M.${own}, ${message}, call)`,
      ].join('\n')
    default:
      return streamText(one, doc, signature, beside)
  }
}

type Signature = (name: string, all: readonly string[], result: string, indent?: string) => string

function streamText(
  one: PythonMethod,
  doc: readonly string[],
  signature: Signature,
  beside: (type: string) => string,
): string {
  const { method, input, output } = one
  const own = pythonName(method.name)
  const { parameters, message } = parametersOf(one, beside)
  const base = method.kind === 'clientStream' ? 'ClientStream' : 'BidiStream'
  // Python reads them when it defines the class, where a union of names may be none yet.
  const types = [input, output].map((each) => pythonString(beside(each?.type ?? 'Any'))).join(', ')
  const receiver = parameters.length > 0 ? ['self', ...parameters] : ['self']
  return [
    `class ${own}(_s.${base}[${types}]):`,
    ...doc,
    '',
    `    def __init__(self, *, ${callParameter}) -> None:`,
    `        super().__init__(_M.${own}, call)`,
    '',
    signature('async def send', receiver, 'None', '    '),
    '        """Sends one message; waits while the server has no room for it."""',
    `        await self.send_message(${message})`,
  ].join('\n')
}

/** The fields of a message as parameters, or the message itself where it is no object of fixed fields. */
function parametersOf(
  { input }: PythonMethod,
  beside: (type: string) => string,
): {
  readonly parameters: readonly string[]
  readonly message: string
} {
  if (!input) return { parameters: ['*'], message: '{}' }
  if (!input.made || input.made.others)
    return { parameters: [`message: ${beside(input.type)}`, '*'], message: 'message' }
  const parameters = input.made.fields.map((field) => {
    const { type, value } = left(field)
    return `${field.name}: ${beside(type)}${value === undefined ? '' : ` = ${value}`}`
  })
  const fields = input.made.fields.map(({ name }) => `"${name}": ${name}`)
  return { parameters: ['*', ...parameters], message: `_v.build(${input.made.name}, {${fields.join(', ')}})` }
}

const verbs: Readonly<Record<MethodKind, string>> = {
  unary: 'Call',
  serverStream: 'Stream results from',
  clientStream: 'Stream messages to',
  bidiStream: 'Stream messages to and results from',
  event: 'Publish',
}

function docOf({ method, errors }: PythonMethod): string {
  const { service, name, kind, options } = method
  const raised = Object.values(errors).map((one) => one.name)
  return [
    options.summary ?? `${verbs[kind]} ${service}.${name}.`,
    options.description,
    options.deprecated === true ? 'Deprecated.' : undefined,
    raised.length === 0 ? undefined : `Raises ${raised.join(', ')}.`,
  ]
    .filter((one) => one !== undefined)
    .join('\n\n')
}
