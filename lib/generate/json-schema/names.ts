/** The name of a schema, from words of any case: `get_user` and `getUser` → `GetUser`, `OUT_OF_STOCK` → `OutOfStock`. */
export function pascalCase(text: string): string {
  return text
    .split(/[^A-Za-z0-9]+/)
    .map((part) => {
      const rest = part.slice(1)
      return part.charAt(0).toUpperCase() + (part === part.toUpperCase() ? rest.toLowerCase() : rest)
    })
    .join('')
}

/** A schema's `$id` as the name of a component, which has no room for every character; of a URL it is the last part. */
export function componentName(id: string): string {
  const last = id.split(/[/#]/).findLast((part) => part !== '') ?? ''
  const name = last.replaceAll(/[^A-Za-z0-9._-]+/g, '_').replaceAll(/^_+|_+$/g, '')
  return name === '' ? 'Schema' : name
}

/** Whether an `$id` is but a number, which TypeBox gives to recursive schemas that have no name. */
export function isAutomaticId(id: string): boolean {
  return /^T\d+$/.test(id)
}
