import { escapeHtml, htmlHead } from './html.ts'

/** What the page has to know of its place. */
export interface StreamsPlace {
  /** The way from it to the methods. */
  readonly methods: string
  /** The way back to the viewer. */
  readonly back: string
  /** Whether WebSocket is served on the same port. */
  readonly webSocket: boolean
}

/** The page on which streams can be tried. Its script fills it from the description. */
export function streamsPage(title: string, { methods, back, webSocket }: StreamsPlace): string {
  const head = htmlHead(`${title}: streams`, '', '<script src="streams.js" type="module"></script>\n')
  const noSocket = webSocket
    ? ''
    : '<p class="hint" id="no-socket">WebSocket is not served here: <code>http({ upgrade: ws() })</code> turns it on.</p>'
  return `${head}
<body data-methods="${methods}" data-web-socket="${webSocket}">
<nav aria-label="Pages">
<strong>${escapeHtml(title)}</strong>
<a href="${back}">All methods</a>
</nav>
<main>
<h1>Try a stream</h1>
<noscript>This page needs JavaScript.</noscript>
<p id="none" hidden>No method here takes or gives a stream.</p>
<form id="form" hidden>
<p><label for="method">Method</label><select id="method"></select></p>
<p id="about" class="hint"></p>
<fieldset>
<legend>Over</legend>
<label><input type="radio" name="over" value="http" checked> HTTP, one JSON value a line</label>
<label><input type="radio" name="over" value="ws"${webSocket ? '' : ' disabled aria-describedby="no-socket"'}> WebSocket</label>
${noSocket}
<p id="socket" hidden><label for="address">Address</label><input id="address" autocomplete="off" spellcheck="false"></p>
</fieldset>
<p><label for="input" id="input-label">Message</label><textarea id="input" rows="6" spellcheck="false" autocapitalize="off" autocomplete="off"></textarea></p>
<details>
<summary>Metadata</summary>
<p><label for="metadata">One <code>key: value</code> a line</label><textarea id="metadata" rows="3" spellcheck="false" autocapitalize="off" autocomplete="off"></textarea></p>
</details>
<p class="buttons">
<button id="start" type="submit">Start</button>
<button id="send" type="button" hidden>Send more</button>
<button id="end" type="button" hidden>End the messages</button>
<button id="cancel" type="button" disabled>Cancel</button>
</p>
<p id="status" role="status"></p>
</form>
<section id="answers" aria-labelledby="answers-title" hidden>
<h2 id="answers-title">Answers: <output id="count" aria-live="off">0</output></h2>
<p id="dropped" class="hint" hidden></p>
<div id="items" role="log" aria-live="off" aria-labelledby="answers-title" tabindex="0"></div>
<pre id="outcome" hidden></pre>
</section>
</main>
</body>
</html>
`
}
