import type { HpackEncoder } from './hpack/encoder.ts'
import { sensitiveByDefault } from './hpack/sensitive.ts'
import type { HeaderList } from './sent-headers.ts'

interface Template {
  readonly octets: Buffer
  readonly generation: number
}

/** More lists than this are encoded anew each time. */
const most = 256

/** The compressed form of lists that are sent again and again, as long as the table is the same. */
export class Templates {
  private known: Map<HeaderList, Template> | undefined

  /** Writes a list at `at`, where there is room for its bound; returns the offset behind it. */
  write(encoder: HpackEncoder, list: HeaderList, out: Buffer, at: number): number {
    const template = this.known?.get(list)
    const { generation, updatePending } = encoder
    if (template !== undefined && template.generation === generation && !updatePending) {
      out.set(template.octets, at)
      return at + template.octets.length
    }
    const end = encoder.encode(list.fields, out, at, true, sensitiveByDefault)
    // What entered the table now will be shorter the next time, and what tells a table's size is sent once.
    if (encoder.generation !== generation || updatePending) return end
    this.known ??= new Map()
    if (this.known.size < most || template !== undefined) {
      const octets = Buffer.allocUnsafeSlow(end - at)
      out.copy(octets, 0, at, end)
      this.known.set(list, { octets, generation })
    }
    return end
  }
}
