import { DynamicTable } from './dynamic-table.ts'

/** The entries of one name. */
class NameEntries {
  /** The number of the newest one. */
  newest: number
  private value: string
  // All values with their numbers, once there was a second one.
  private values: Map<string, number> | undefined = undefined

  constructor(value: string, number: number) {
    this.value = value
    this.newest = number
  }

  /** The number of the entry with this value, or -1. */
  find(value: string): number {
    if (value === this.value) return this.newest
    return this.values?.get(value) ?? -1
  }

  add(value: string, number: number): void {
    this.values ??= new Map([[this.value, this.newest]])
    this.values.set(value, number)
    this.value = value
    this.newest = number
  }

  remove(value: string): void {
    this.values?.delete(value)
  }
}

/** A dynamic table whose entries are found by name and value. No two of them are equal: the encoder looks first. */
export class EncoderTable extends DynamicTable {
  private names: Map<string, NameEntries> | undefined = undefined

  /** The entries of a name, if there are any. */
  named(name: string): NameEntries | undefined {
    return this.names === undefined ? undefined : this.names.get(name)
  }

  override insert(name: string, value: string): void {
    const number = this.inserted
    super.insert(name, value)
    if (this.inserted === number) return
    this.names ??= new Map()
    const entries = this.names.get(name)
    if (entries) entries.add(value, number)
    else this.names.set(name, new NameEntries(value, number))
  }

  protected override forget(name: string, value: string, number: number): void {
    const entries = this.names?.get(name)
    // The newest one of a name is the last one to go.
    if (entries?.newest === number) this.names?.delete(name)
    else entries?.remove(value)
  }
}
