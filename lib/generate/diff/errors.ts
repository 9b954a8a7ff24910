import type { ApiError, NamedMethod } from '../json-schema/source.ts'
import { compareSchemas } from './compare.ts'
import type { Change } from './effects.ts'

/** What changed in the errors that a method declares. */
export function errorChanges(old: NamedMethod, next: NamedMethod): readonly Change[] {
  const at = { service: old.service, method: old.name }
  const names = [...new Set([...Object.keys(old.errors), ...Object.keys(next.errors)])]
  return names.flatMap((name): readonly Change[] => {
    const [one, two] = [old.errors[name], next.errors[name]]
    const here = { ...at, part: `errors.${name}` }
    if (!one)
      return [
        {
          ...here,
          rule: 'error-added',
          new: two!.code,
          message: `it may fail with ${name} now`,
          oldClients: 'risky',
          newClients: 'safe',
        },
      ]
    if (!two)
      return [
        {
          ...here,
          rule: 'error-removed',
          old: one.code,
          message: `it no longer fails with ${name}`,
          oldClients: 'safe',
          newClients: 'risky',
        },
      ]
    return [...codeChanges(one, two, here), ...detailChanges(one, two, here)]
  })
}

type Here = { readonly service: string; readonly method: string; readonly part: string }

function codeChanges(one: ApiError, two: ApiError, here: Here): readonly Change[] {
  const changes: Change[] = []
  if (one.code !== two.code)
    changes.push({
      ...here,
      rule: 'error-code-changed',
      old: one.code,
      new: two.code,
      message: `its code is ${two.code}, and was ${one.code}`,
      oldClients: 'breaking',
      newClients: 'breaking',
    })
  if ((one.retryable ?? false) !== (two.retryable ?? false))
    changes.push({
      ...here,
      rule: 'error-retryable-changed',
      old: String(one.retryable ?? false),
      new: String(two.retryable ?? false),
      message:
        two.retryable === true ? 'clients call again after it now' : 'clients no longer call again after it',
      oldClients: 'risky',
      newClients: 'risky',
    })
  return changes
}

function detailChanges(
  { details: one }: ApiError,
  { details: two }: ApiError,
  here: Here,
): readonly Change[] {
  if (!one && !two) return []
  if (one && !two)
    return [
      {
        ...here,
        rule: 'details-removed',
        message: 'it has no details any more',
        oldClients: 'breaking',
        newClients: 'safe',
      },
    ]
  if (!one)
    return [
      {
        ...here,
        rule: 'details-added',
        message: 'it has details now',
        oldClients: 'safe',
        newClients: 'risky',
      },
    ]
  return compareSchemas(one, two!, { part: 'output' }).map(({ narrows, widens, ...change }) => ({
    ...here,
    ...change,
    oldClients: widens,
    newClients: narrows,
  }))
}
