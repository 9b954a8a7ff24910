import type { Slice } from './slice.ts'
import { figureOf, median, ratioOf, type Figure } from './stats.ts'

/** What a row asks of us: a ratio to a peer's figure, or a figure of our own under our own name. */
export interface Goal {
  readonly atLeast?: number
  readonly atMost?: number
  /** In place of a ratio: how far our figure may be above the peer's, in the row's unit. */
  readonly atMostAbove?: number
}

/** A row before it is judged: each name's slices, round by round, or why there are none. */
export interface Measured {
  readonly title: string
  readonly unit: string
  readonly titles: Readonly<Record<string, string>>
  readonly goals: Readonly<Record<string, Goal>>
  readonly slices: ReadonlyMap<string, Slice[] | Error>
  /** Which of the names is ours, where it is not `ours` itself. */
  readonly ours?: string
}

export interface Line {
  readonly name: string
  readonly title: string
  readonly figure?: Figure
  /** Medians. */
  readonly cpu?: { readonly server: number; readonly client: number }
  readonly error?: string
  /** Our figure divided by this one. */
  readonly ratio?: number
  readonly goal?: Goal
  readonly reached?: boolean
}

export interface Row {
  readonly title: string
  readonly unit: string
  readonly lines: readonly Line[]
  /** Why there are no lines. */
  readonly leftOut?: string
}

export interface Report {
  readonly suite: string
  readonly rows: readonly Row[]
}

const meets = (value: number, { atLeast = -Infinity, atMost = Infinity }: Goal): boolean =>
  value >= atLeast && value <= atMost

const figuresOf = (slices: readonly Slice[]): number[] => slices.map((slice) => slice.figure)

const cpuOf = (slices: readonly Slice[]): Pick<Line, 'cpu'> => {
  const times = slices.flatMap(({ cpu }) => (cpu ? [cpu] : []))
  if (times.length === 0) return {}
  return {
    cpu: { server: median(times.map((cpu) => cpu.server)), client: median(times.map((cpu) => cpu.client)) },
  }
}

/** Judges a row, unless we were left out of it. What has no figure, ours or the peer's, has not reached its goal. */
export const judge = ({ title, unit, titles, goals, slices, ours: our = 'ours' }: Measured): Row => {
  const ours = slices.get(our)
  const lines = [...slices].map(([name, rounds]): Line => {
    const goal = ours && goals[name]
    const head = { name, title: titles[name] ?? name, ...(goal && { goal, reached: false }) }
    if (rounds instanceof Error) return { ...head, error: rounds.message }
    const figure = figureOf(figuresOf(rounds))
    const measured = { ...head, figure, ...cpuOf(rounds) }
    if (!Array.isArray(ours)) return measured
    if (ours === rounds) return { ...measured, ...(goal && { reached: meets(figure.median, goal) }) }
    const ratio = ratioOf(figuresOf(ours), figure.rounds)
    if (!goal) return { ...measured, ratio }
    const above = figureOf(figuresOf(ours)).median - figure.median
    return { ...measured, ratio, reached: meets(ratio, goal) && above <= (goal.atMostAbove ?? Infinity) }
  })
  return { title, unit, lines }
}
