import type { NamedMethod } from '../json-schema/source.ts'
import type { OpenApiOptions, SecurityRequirement } from './document.ts'

type SecurityOptions = Pick<OpenApiOptions, 'security' | 'securityOf' | 'securitySchemes'>

/**
 * Says what a method needs in place of what all do; undefined where nothing was said of it. Throws a TypeError where
 * options name a method or a scheme that is not there.
 */
export function securityByMethod(
  methods: readonly NamedMethod[],
  { security = [], securityOf = {}, securitySchemes = {} }: SecurityOptions,
): (method: NamedMethod) => readonly SecurityRequirement[] | undefined {
  const known = new Set(methods.flatMap(({ service, name }) => [service, `${service}.${name}`]))
  for (const name of Object.keys(securityOf))
    if (!known.has(name))
      throw new TypeError(
        `securityOf names "${name}", which is no service and no method, as in "users.get_user"`,
      )
  for (const scheme of [security, ...Object.values(securityOf)].flat().flatMap(Object.keys))
    if (!Object.hasOwn(securitySchemes, scheme))
      throw new TypeError(`security names the scheme "${scheme}", which securitySchemes does not have`)
  const byName = new Map(Object.entries(securityOf))
  return ({ service, name }) => byName.get(`${service}.${name}`) ?? byName.get(service)
}
