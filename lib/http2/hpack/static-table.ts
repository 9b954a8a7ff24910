/** How many entries the static table has; the dynamic table's begin behind it. */
export const staticSize = 61

// In the order of RFC 7541 Appendix A, index 1 first; a name alone has an empty value.
const lines = `:authority
:method GET
:method POST
:path /
:path /index.html
:scheme http
:scheme https
:status 200
:status 204
:status 206
:status 304
:status 400
:status 404
:status 500
accept-charset
accept-encoding gzip, deflate
accept-language
accept-ranges
accept
access-control-allow-origin
age
allow
authorization
cache-control
content-disposition
content-encoding
content-language
content-length
content-location
content-range
content-type
cookie
date
etag
expect
expires
from
host
if-match
if-modified-since
if-none-match
if-range
if-unmodified-since
last-modified
link
location
max-forwards
proxy-authenticate
proxy-authorization
range
referer
refresh
retry-after
server
set-cookie
strict-transport-security
transfer-encoding
user-agent
vary
via
www-authenticate`.split('\n')

const entries = lines.map((line) => /^(\S+) ?(.*)$/.exec(line)!.slice(1) as [string, string])

/** The names of the static table by index; index 0 is no entry. */
export const staticNames: readonly string[] = ['', ...entries.map(([name]) => name)]

/** The values of the static table by index; index 0 is no entry. */
export const staticValues: readonly string[] = ['', ...entries.map(([, value]) => value)]
