import { createRequire } from 'node:module'

/** The files of the viewer, as paths. */
export interface ViewerFiles {
  readonly script: string
  readonly style: string
}

/** Finds swagger-ui-dist, which is a peer that only these pages need. Throws an Error that says what to install. */
export function findViewer(
  resolve: (name: string) => string = createRequire(import.meta.url).resolve,
): ViewerFiles {
  try {
    return {
      script: resolve('swagger-ui-dist/swagger-ui-bundle.js'),
      style: resolve('swagger-ui-dist/swagger-ui.css'),
    }
  } catch (cause) {
    throw new Error('http: docs need the package "swagger-ui-dist": npm install swagger-ui-dist', { cause })
  }
}
