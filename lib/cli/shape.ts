import type { Method } from '../core/method.ts'
import type { Service } from '../core/service.ts'
import type { App } from '../server/app.ts'

/*
 * Known by their shape: what another copy of this package made, or an older one, is no instance of anything here.
 */

/** Whether a value is what createApp returns. */
export function isApp(value: unknown): value is App {
  return (
    isObject(value) &&
    typeof value['connect'] === 'function' &&
    typeof value['open'] === 'function' &&
    isContract(value['services'])
  )
}

/** Whether a value is services by name. */
export function isContract(value: unknown): value is Readonly<Record<string, Service>> {
  return isObject(value) && Object.keys(value).length > 0 && Object.values(value).every(isService)
}

/** Whether a value is methods by name, as defineService returns them. */
export function isService(value: unknown): value is Service {
  return isObject(value) && Object.keys(value).length > 0 && Object.values(value).every(isMethod)
}

function isMethod(value: unknown): value is Method {
  return (
    isObject(value) &&
    typeof value['kind'] === 'string' &&
    isObject(value['input']) &&
    isObject(value['output']) &&
    isObject(value['options'])
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
