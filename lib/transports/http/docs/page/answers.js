/** So many lines are kept, and so much of each is shown. */
const kept = { lines: 2_000, characters: 2_000 }

/** So often the list is drawn while answers come, in ms. */
const drawMs = 100

/**
 * The list of answers: it counts all, and keeps the last.
 * @param {(id: string) => any} find gives an element of the page
 */
export function answersOf(find) {
  const [list, count, dropped, outcome] = ['items', 'count', 'dropped', 'outcome'].map(find)
  let total = 0
  /** @type {string[]} */
  let waiting = []
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  const draw = () => {
    clearTimeout(timer)
    timer = undefined
    // Who has scrolled up reads there.
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40
    const lines = waiting.slice(-kept.lines).map((text) => {
      const line = list.ownerDocument.createElement('div')
      line.textContent = text
      return line
    })
    waiting = []
    list.append(...lines)
    while (list.childElementCount > kept.lines) list.firstChild.remove()
    count.textContent = String(total)
    dropped.hidden = total <= kept.lines
    dropped.textContent = `The last ${kept.lines} are shown.`
    if (isAtEnd) list.scrollTop = list.scrollHeight
  }
  return {
    clear() {
      total = 0
      waiting = []
      list.replaceChildren()
      outcome.hidden = true
      find('answers').hidden = false
      draw()
    },
    get total() {
      return total
    },
    /** @param {unknown} item */
    add(item) {
      const text = JSON.stringify(item)
      const more = text.length - kept.characters
      waiting.push(more > 0 ? `${text.slice(0, kept.characters)}… (${more} characters more)` : text)
      if (waiting.length >= 2 * kept.lines) waiting = waiting.slice(-kept.lines)
      total++
      timer ??= setTimeout(draw, drawMs)
    },
    /**
     * Draws what is left, and shows how the call ended, where that is known.
     * @param {import('./http-call.js').Outcome} how
     */
    end({ header, trailer, error }) {
      draw()
      const parts = { error, header, trailer }
      const lines = Object.entries(parts)
        .filter(([, value]) => value && Object.keys(value).length > 0)
        .map(([name, value]) => `${name}: ${JSON.stringify(value, null, 2)}`)
      outcome.textContent = lines.join('\n')
      outcome.hidden = lines.length === 0
    },
  }
}
