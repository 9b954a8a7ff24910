/** Starts the viewer, in a browser. */
// No types of the web are known here (tsconfig.json).
const { document, matchMedia, SwaggerUIBundle } = /** @type {any} */ (globalThis)

const dark = matchMedia('(prefers-color-scheme: dark)')
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
follow()
dark.addEventListener('change', follow)

const main = document.querySelector('#viewer')
SwaggerUIBundle({
  domNode: main,
  url: main.dataset.description,
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  // It would send the description to a server of theirs.
  validatorUrl: null,
})
