import path from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes long for what stands in it: the conformance cases of a transport, commands as processes of their own. */
const long = [/^spec\/transports\/[^/]+$/, /^spec\/cli\//]

/**
 * The long files first, so that no worker is left alone with one at the end. Where vitest remembers no run, as in a fresh
 * clone, it goes by the size of a file, and these are small. Last are those that share processes, without others between
 * them: a process ends when the next file wants one of its own.
 */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number => {
      const file = path.relative(this.ctx.config.root, moduleId).replaceAll('\\', '/')
      if (long.some((pattern) => pattern.test(file))) return 0
      return project.config.isolate ? 1 : 2
    }
    // oxlint-disable-next-line unicorn/no-array-sort -- vitest's, which gives another array
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => rank(a) - rank(b))
  }
}
