/** The style of both pages: readable in the light, in the dark and on a phone. */
export const style = `:root {
  color-scheme: light dark;
  --page: #ffffff;
  --field: #f6f8fa;
  --text: #1b1f24;
  --faint: #57606a;
  --link: #0b57d0;
  --line: #7b848e;
  --button: #0b57d0;
  --on-button: #ffffff;
  --good: #146c2e;
  --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #1c2022;
    --field: #282d30;
    --text: #e8eaed;
    --faint: #b0b8c0;
    --link: #8ab4f8;
    --line: #868f98;
    --button: #8ab4f8;
    --on-button: #10151c;
    --good: #7fd99a;
    --bad: #f6b5b0;
  }
}
html { background: var(--page); -webkit-text-size-adjust: 100%; }
body {
  margin: 0;
  background: var(--page);
  color: var(--text);
  font: 16px/1.5 system-ui, sans-serif;
  overflow-wrap: break-word;
}
nav { display: flex; flex-wrap: wrap; gap: 4px 20px; padding: 12px 16px; border-bottom: 1px solid var(--line); }
a { color: var(--link); }
body:not(.viewer) main { max-width: 760px; margin: 0 auto; padding: 0 16px 48px; }
h1 { font-size: 26px; margin: 20px 0 8px; }
h2 { font-size: 20px; margin: 28px 0 8px; }
form p, fieldset, details { margin: 12px 0; }
form p > label { display: block; font-weight: 600; }
fieldset { border: 1px solid var(--line); border-radius: 6px; padding: 8px 12px; min-width: 0; }
fieldset > label { display: inline-flex; align-items: center; gap: 6px; min-height: 32px; margin-right: 20px; }
legend, summary { font-weight: 600; }
select, textarea, form input:not([type="radio"]) {
  box-sizing: border-box;
  width: 100%;
  padding: 8px;
  border: 1px solid var(--line);
  border-radius: 6px;
  background: var(--field);
  color: var(--text);
  font: 16px/1.4 ui-monospace, monospace;
}
textarea { resize: vertical; }
.buttons { display: flex; flex-wrap: wrap; gap: 8px; }
button {
  min-height: 40px;
  padding: 0 18px;
  border: 1px solid var(--line);
  border-radius: 6px;
  background: var(--field);
  color: var(--text);
  font: inherit;
  cursor: pointer;
}
button[type="submit"] { background: var(--button); border-color: var(--button); color: var(--on-button); font-weight: 600; }
button:disabled { background: transparent; border-color: var(--line); color: var(--faint); cursor: not-allowed; }
[hidden] { display: none !important; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
code { font: 0.95em ui-monospace, monospace; }
.hint { color: var(--faint); }
#about { white-space: pre-line; }
#status:empty { display: none; }
#items, #outcome {
  margin: 0;
  padding: 8px;
  border: 1px solid var(--line);
  border-radius: 6px;
  background: var(--field);
  font: 14px/1.5 ui-monospace, monospace;
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}
#items { min-height: 3em; max-height: 45vh; overflow-y: auto; }
#outcome { margin-top: 12px; }
.good { color: var(--good); }
.bad { color: var(--bad); }
`
