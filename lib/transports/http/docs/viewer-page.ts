import { escapeHtml, htmlHead } from './html.ts'

/** The page with the viewer. `beneath` is the way to what stands beneath it. */
export function viewerPage(title: string, beneath: string): string {
  const head = htmlHead(
    title,
    beneath,
    `<link rel="stylesheet" href="${beneath}viewer.css">
<link rel="stylesheet" href="${beneath}viewer-style.css">
<script src="${beneath}viewer.js" defer></script>
<script src="${beneath}start-viewer.js" type="module"></script>
`,
  )
  return `${head}
<body class="viewer">
<nav aria-label="Pages">
<strong>${escapeHtml(title)}</strong>
<a href="${beneath}streams">Try a stream</a>
<a href="openapi.json">openapi.json</a>
</nav>
<main id="viewer" data-description="openapi.json"><noscript>This page needs JavaScript.</noscript></main>
</body>
</html>
`
}
