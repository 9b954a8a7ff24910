/**
 * A script for a page, which tells what of it is hard to read: how far it can be scrolled `sideways`, in pixels; text
 * that is `small`, of less than 14 px, and `pale`, with a contrast below 4.5 to 1.
 * @see https://www.w3.org/TR/WCAG22/#contrast-minimum
 */
export const hardToRead = `(() => {
  const channels = (color) => {
    const [r = 0, g = 0, b = 0, a = 1] = color.match(/[\\d.]+/g).map(Number)
    return [r, g, b, a]
  }
  const over = ([r, g, b, a], below) => [r, g, b].map((value, i) => value * a + below[i] * (1 - a))
  const luminance = (color) => {
    const [r, g, b] = color.map((value) => {
      const part = value / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = (element) => {
    if (!element) return [255, 255, 255]
    const color = channels(getComputedStyle(element).backgroundColor)
    return color[3] === 1 ? color.slice(0, 3) : over(color, behind(element.parentElement))
  }
  const contrast = (element) => {
    const back = behind(element)
    const front = over(channels(getComputedStyle(element).color), back)
    const [light, dark] = [luminance(front), luminance(back)].sort((a, b) => b - a)
    return (light + 0.05) / (dark + 0.05)
  }
  const found = { sideways: document.documentElement.scrollWidth - innerWidth, small: [], pale: [] }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim()
    const element = walker.currentNode.parentElement
    if (text === '' || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue
    if (element.closest('script, style, noscript, option')) continue
    const what = element.tagName.toLowerCase() + '.' + element.className + ': ' + text.slice(0, 40)
    if (parseFloat(getComputedStyle(element).fontSize) < 14) found.small.push(what)
    if (contrast(element) < 4.5) found.pale.push(what)
  }
  return found
})()`
