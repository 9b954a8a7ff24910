/** What can stand in a line. */
export interface InLine<T> {
  inLine: boolean
  before: T | undefined
  behind: T | undefined
}

/** First come, first served; whoever leaves does so from wherever it stands, at no cost. */
export class Line<T extends InLine<T>> {
  first: T | undefined = undefined
  private last: T | undefined = undefined

  /** Puts one at the end, if it does not stand in the line. */
  join(one: T): void {
    if (one.inLine) return
    one.inLine = true
    one.before = this.last
    if (this.last) this.last.behind = one
    else this.first = one
    this.last = one
  }

  /** Takes one out. */
  leave(one: T): void {
    if (!one.inLine) return
    one.inLine = false
    if (one.before) one.before.behind = one.behind
    else this.first = one.behind
    if (one.behind) one.behind.before = one.before
    else this.last = one.before
    one.before = one.behind = undefined
  }
}
