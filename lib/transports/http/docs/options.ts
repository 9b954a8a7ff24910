import type { OpenApiOptions } from '../../../generate/openapi/document.ts'

/** What the pages of {@link HttpOptions.docs} show, and where they stand. */
export interface DocsOptions {
  /** Where they stand behind the prefix: `/docs`. The description lies beside it, as `openapi.json`. */
  readonly path?: string
  /** What they are called: `API`. */
  readonly title?: string
  /** What the description says beside the methods: version, servers, security schemes. */
  readonly openapi?: Omit<OpenApiOptions, 'prefix' | 'health'>
}

/** Where the pages stand: as paths behind the prefix, and for links as paths relative to the page. */
export interface DocsPlaces {
  /** The viewer. What belongs to it stands beneath. */
  readonly page: string
  /** The description. */
  readonly openapi: string
  /** From the viewer to what stands beneath it. */
  readonly beneath: string
  /** From what stands beneath the viewer to the methods. */
  readonly methods: string
}

/** Says where the pages stand. Throws a TypeError for a path that is none. */
export function docsPlaces({ path = '/docs' }: DocsOptions): DocsPlaces {
  if (!/^(\/[\w.~-]+)+$/.test(path))
    throw new TypeError(`http: docs: path ${JSON.stringify(path)}: write it as "/docs"`)
  const names = path.split('/').slice(1)
  return {
    page: path,
    openapi: `${path.slice(0, path.lastIndexOf('/'))}/openapi.json`,
    // Relative, so that they hold behind a proxy that takes away the beginning of a path.
    beneath: `${names.at(-1)}/`,
    methods: '../'.repeat(names.length),
  }
}
