import { build } from 'esbuild'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const outdir = join(root, '.build')

/**
 * Turns the modules that measured processes run into plain JavaScript, ours and the peers' alike, packages left out:
 * no TypeScript loader stands in a measured process, which would distort cold starts.
 */
export const buildModules = async (modules: readonly string[]): Promise<void> => {
  await build({
    absWorkingDir: root,
    entryPoints: [...new Set(modules)].map((module) => `${module}.ts`),
    outdir,
    outbase: '.',
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  })
}

/** The built file of a module named by its path under bench/. */
export const builtFile = (module: string): string => join(outdir, `${module}.js`)
