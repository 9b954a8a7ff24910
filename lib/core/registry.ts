import type { Transport } from './transport.ts'

/** Makes transports from URLs of its schemes. */
export interface TransportFactory {
  readonly schemes: readonly string[]
  /** Throws where the URL says what the transport does not understand; see `parseAddress`. */
  fromUrl(url: string): Transport | Promise<Transport>
}

/** Transports by URL scheme. */
export interface Registry {
  readonly schemes: readonly string[]
  /** The transport behind a URL. Throws for a scheme that nobody registered. */
  open(url: string): Promise<Transport>
}

/**
 * Maps URL schemes to transports. Later entries win, so that one's own may stand in for a built-in one.
 * @example createRegistry([http, mine]).open('mine://host:1')
 */
export function createRegistry(factories: readonly TransportFactory[]): Registry {
  const schemes = [...new Set(factories.flatMap((factory) => factory.schemes))]
  return {
    schemes,
    async open(url) {
      const scheme = url.split('://', 1)[0]!.toLowerCase()
      const factory = url.includes('://') && factories.findLast((one) => one.schemes.includes(scheme))
      if (!factory)
        throw new TypeError(
          `no transport for ${JSON.stringify(url)}; known are ${schemes.map((one) => `${one}://`).join(', ')}`,
        )
      return factory.fromUrl(url)
    },
  }
}

/**
 * A factory whose module is loaded when its scheme is first used.
 * `install` names the package to add where the module's own library is missing.
 */
export function lazyTransport(
  schemes: readonly string[],
  load: () => Promise<TransportFactory>,
  install?: string,
): TransportFactory {
  return {
    schemes,
    async fromUrl(url) {
      try {
        return await (await load()).fromUrl(url)
      } catch (error) {
        if (install === undefined || (error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND')
          throw error
        throw new Error(`${schemes[0]}:// needs the package "${install}": npm install ${install}`, {
          cause: error,
        })
      }
    },
  }
}
