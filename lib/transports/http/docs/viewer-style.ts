/** What the viewer's own style lacks: letters that can be read on a phone, and contrast of 4.5 to 1. */
export const viewerStyle = `.swagger-ui :is(.info .url, .opblock, .models, .scheme-container, .errors-wrapper, .modal-ux) * { font-size: 14px !important; }
.swagger-ui .info :is(.url, .base-url, code) { font-size: 14px; }
.swagger-ui .info :is(a, .url), .swagger-ui .opblock .renderedMarkdown a { color: var(--link); }
.swagger-ui .info .title small { background: #57606a; }
.swagger-ui .info .title small pre { color: #fff; }
.swagger-ui .info .title small.version-stamp { background: #146c2e; }
.swagger-ui :is(.parameter__in, .parameter__deprecated, .prop-format, .response-control-media-type__accept-message) { color: var(--faint); }
.swagger-ui :is(.btn.cancel, .parameter__name.required span, .parameter__name.required::after) { color: var(--bad) !important; border-color: var(--bad) !important; }
.swagger-ui .try-out .btn { padding: 5px 14px; }
.swagger-ui .btn.authorize, .swagger-ui .btn.authorize span { color: var(--good); border-color: var(--good); }
.swagger-ui .btn.authorize svg { fill: var(--good); }
.swagger-ui .json-schema-2020-12-expand-deep-button { color: var(--faint); }
.swagger-ui .btn.execute { background: var(--button); border-color: var(--button); color: var(--on-button); }
.swagger-ui .download-contents { background: #57606a; color: #fff; }
.swagger-ui .microlight span[style*="211, 99, 99"] { color: #ffa8a8 !important; }
html:not(.dark-mode) .swagger-ui .opblock-post > .opblock-summary .opblock-summary-method { background: #146c2e; }
html:not(.dark-mode) .swagger-ui .opblock-get > .opblock-summary .opblock-summary-method { background: #0b57d0; }
.swagger-ui .opblock-deprecated > .opblock-summary .opblock-summary-method { background: #57606a !important; color: #fff !important; }
.swagger-ui .opblock.opblock-deprecated { opacity: 1; }
.swagger-ui .opblock-summary-path { overflow-wrap: anywhere; }
`
