import type { OpenApiServer } from '../../../generate/openapi/document.ts'

/**
 * The headers of all pages: nothing is loaded from elsewhere, and nothing is asked but this server and those that the
 * description names.
 */
export function headersOf(servers: readonly OpenApiServer[] = []): Record<string, string> {
  const asked = new Set([
    "'self'",
    ...servers.map(({ url }) => originOf(url)).filter((origin) => origin !== undefined),
  ])
  const policy = {
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    // The viewer's icons stand in its style sheet.
    'img-src': "'self' data:",
    'connect-src': [...asked].join(' '),
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
  }
  return {
    'content-security-policy': Object.entries(policy)
      .map((entry) => entry.join(' '))
      .join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  }
}

/** The origin of an absolute URL of the web. One with variables, or with what ends a policy, has none. */
function originOf(url: string): string | undefined {
  return /^https?:\/\/[\w.:[\]-]+(?=\/|$)/i.exec(url)?.[0]
}
