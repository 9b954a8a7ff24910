import { describe, expect, it } from 'vitest'
import {
  clampMarks,
  countUnmarked,
  formatRanges,
  isMarked,
  mark,
  readMarks,
  unmarked,
  type Marks,
} from '../../../lib/transports/kafka/dead-letters/marks.ts'

const again = (marks: Marks): Marks => readMarks(marks.from, formatRanges(marks)!)

describe('marks of what was sent back', () => {
  it('grow from the front, and stand alone behind a gap until it is closed', () => {
    let marks = mark(unmarked, [0, 1])
    expect(marks).toEqual({ from: 2, ranges: [] })
    marks = mark(marks, [5, 3, 9, 10])
    expect(marks).toEqual({
      from: 2,
      ranges: [
        [3, 4],
        [5, 6],
        [9, 11],
      ],
    })
    expect([2, 3, 4, 5, 8, 10, 11].filter((offset) => isMarked(marks, offset))).toEqual([3, 5, 10])
    expect(countUnmarked(marks, 2, 11)).toBe(5)
    expect(mark(marks, [2, 4])).toEqual({ from: 6, ranges: [[9, 11]] })
    expect(mark(marks, [2, 4, 6, 7, 8])).toEqual({ from: 11, ranges: [] })
  })

  it('are what a model of single offsets says, whatever the order, and read as they were written', () => {
    let state = 7
    const random = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return state % below
    }
    for (let round = 0; round < 200; round++) {
      const model = new Set<number>()
      let marks: Marks = unmarked
      for (let step = 0; step < 20; step++) {
        const offsets = Array.from({ length: 1 + random(4) }, () => random(40))
        for (const offset of offsets) model.add(offset)
        marks = again(mark(marks, offsets))
      }
      const all = Array.from({ length: 41 }, (_, offset) => offset)
      expect(all.filter((offset) => isMarked(marks, offset))).toEqual(
        all.filter((offset) => model.has(offset)),
      )
      expect(countUnmarked(marks, 0, 41)).toBe(41 - model.size)
    }
  })

  it('follow what the brokers delete, and a topic that was made anew', () => {
    const marks = mark(unmarked, [0, 5, 8])
    expect(clampMarks(marks, 4, 20)).toEqual({
      from: 4,
      ranges: [
        [5, 6],
        [8, 9],
      ],
    })
    expect(clampMarks(marks, 5, 20)).toEqual({ from: 6, ranges: [[8, 9]] })
    expect(clampMarks(marks, 12, 20)).toEqual({ from: 12, ranges: [] })
    expect(clampMarks({ from: 30, ranges: [] }, 0, 20)).toEqual({ from: 0, ranges: [] })
  })

  it('of somebody else are none', () => {
    expect(readMarks(-1, null)).toEqual(unmarked)
    expect(readMarks(7, 'checked by Jo')).toEqual({ from: 7, ranges: [] })
    expect(readMarks(7, 'replayed 2.1,0,5')).toEqual({ from: 7, ranges: [[9, 10]] })
    expect(readMarks(7, 'replayed -3,!')).toEqual({ from: 7, ranges: [] })
  })

  it('say when they are too many for a broker', () => {
    const odd = (count: number): number[] => Array.from({ length: count }, (_, i) => 2 * i + 1)
    expect(formatRanges(mark(unmarked, odd(2_000)))!.length).toBeLessThan(4_096)
    expect(formatRanges(mark(unmarked, odd(3_000)))).toBeUndefined()
  })
})
