/** Bytes that are not a request. */
export const GARBAGE: readonly string[] = [
  '\r\n\r\n\r\nX',
  'GET',
  'GET /livez HTTP/1.1\r\n\x00\r\n\r\n',
  'GET /livez HTTP/9.9\r\n\r\n',
  'GET /livez HTTP/1.1 extra\r\n\r\n',
  'G\0T /livez HTTP/1.1\r\n\r\n',
  'GET\t/livez\tHTTP/1.1\r\n\r\n',
  'GET  HTTP/1.1\r\n\r\n',
  'GET livez HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'EHLO example.com\r\n',
  'SSH-2.0-OpenSSH_9.0\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '{"jsonrpc":"2.0"}\r\n',
  '*1\r\n$4\r\nPING\r\n',
  '\xff\xfe\xfd\xfc\r\n\r\n',
  'get /livez HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'GET /livez http/1.1\r\nHost: localhost\r\n\r\n',
  'GET http:// HTTP/1.1\r\nHost: localhost\r\nX\r\n\r\n',
  `${'A'.repeat(70_000)}`,
]

/** Lines that are not headers, or that hide a second request. */
export const HEADERS: readonly string[] = [
  'No-Colon',
  ': empty-name',
  'Bad Name: x',
  'Name\0: x',
  'Name: a\0b',
  'Na\u00e9me: x',
  'Content-Length: -1',
  'Content-Length: 1e3',
  'Content-Length: 0x10',
  'Content-Length: 5, 6',
  'Content-Length: 5\r\nContent-Length: 6',
  'Content-Length: 99999999999999999999999',
  'Content-Length: 5\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
  'Transfer-Encoding: gzip',
  'Transfer-Encoding: chunked, gzip',
  'Transfer-Encoding : chunked',
  'Host: a\r\nHost: b',
  'X: a\rb',
  ' folded: x',
]

/** Chunks of a body that are not well-formed. */
export const CHUNKS: readonly string[] = [
  'ZZ\r\n',
  '-1\r\n',
  'FFFFFFFFFFFFFFFFF\r\n',
  '5\r\nabc',
  '1;\0\r\na\r\n0\r\n\r\n',
  '1\r\nab\r\n',
]

/** Texts that are not JSON. */
export const BROKEN_JSON: readonly string[] = [
  '',
  ' ',
  '{',
  '}',
  '[',
  '{"content":}',
  '{"content":{"text":"a"}',
  "{'content':1}",
  '{content:1}',
  '{"content":{"text":"a"}}x',
  '{"a":NaN}',
  '{"a":Infinity}',
  '{"a":01}',
  '{"a":"\u0001"}',
  '\ufeff{}x',
  'null,null',
  '"\\ud800',
  '/*x*/{}',
  '{"a":1,}',
  '\0{}',
]

/** JSON that is not a publication. */
export const WRONG_BODIES: readonly string[] = [
  'null',
  '1',
  '"text"',
  '[]',
  'true',
  '{}',
  '{"content":null}',
  '{"content":"text"}',
  '{"content":{}}',
  '{"content":{"text":42}}',
  '{"content":{"text":"a"},"bump":"huge"}',
  '{"content":{"text":"a"},"labels":"live"}',
  '{"content":{"text":"a"},"labels":[1]}',
  '{"content":{"text":"a"},"labels":[""]}',
  '{"content":{"text":"a"},"labels":["a/b c"]}',
  '{"content":{"text":"a"},"unknown":1}',
  '{"content":{"text":"a"},"parent":"9.9.9"}',
  '{"content":{"text":"a"},"parent":1}',
  '{"content":{"text":"a"},"tags":[null]}',
  '{"content":{"text":"a"},"metadata":[]}',
  '{"__proto__":{"admin":true},"content":{"text":"a"}}',
  '{"content":{"text":"a","__proto__":{"x":1}}}',
  '{"constructor":{"prototype":{"x":1}},"content":{"text":"a"}}',
  '{"content":{"id":"other","text":"a"}}',
  `{"content":{"text":${JSON.stringify('x'.repeat(3_000_000))}}}`,
]

/** Types of bodies. */
export const TYPES: readonly string[] = [
  'text/plain',
  'text/html',
  'application/xml',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/octet-stream',
  'application/jsonx',
  'application',
  '*/*',
  'application/json/x',
  'a'.repeat(500),
  ',',
]

/** Paths that try to leave their place. */
export const PATHS: readonly string[] = [
  '/../../etc/passwd',
  '/..%2f..%2fetc/passwd',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/livez/../../../etc/passwd',
  '//etc/passwd',
  '/\\..\\..\\windows\\win.ini',
  '/%5c..%5c..%5cwindows',
  '/%00',
  '/livez%00.json',
  '/%c0%ae%c0%ae/etc/passwd',
  '/%ff',
  '/%',
  '/%zz',
  '/%u002e',
  '/.git/config',
  '/.env',
  `/api/v1/prompts/..%2f..%2fetc%2fpasswd/versions/1.0.0`,
  `/api/v1/prompts/%2e%2e/versions/1.0.0`,
  `/api/v1/prompts/p/versions/..%2f..%2f1.0.0`,
  `/api/v1/prompts/p/versions/%2e%2e`,
  `/api/v1/prompts/p%00/versions/1.0.0`,
  `/api/v1/prompts/${'a'.repeat(5000)}/versions/1.0.0`,
  `/api/v1/prompts/${'%61'.repeat(1100)}/versions/1.0.0`,
  `/api/v1/../../livez/x`,
  `/api/v1/prompts/p/versions/1.0.0.json`,
  '/?' + 'a=b&'.repeat(3000),
]

/** Parameters of a list. */
export const QUERIES: readonly string[] = [
  'limit=-1',
  'limit=1e9',
  'limit=NaN',
  'limit=1.5',
  'limit[]=1',
  'limit=1&limit=2',
  'limit=%00',
  '__proto__[x]=1',
  'constructor=1',
  'prefix=a&prefix=b',
  'after=',
  'after=%00',
  "prefix='%3B%20DROP%20TABLE%20versions--&x=1",
  `after=${'a'.repeat(5000)}`,
  'limit=9007199254740993',
  'limit=0x10&x',
]

/** Numbers of versions. */
export const NUMBERS: readonly string[] = [
  '1',
  '1.0',
  'v1.0.0',
  '01.0.0',
  '1.0.0-',
  '1.0.0%00',
  '-1.0.0',
  '99999999999999999999.0.0',
  "1.0.0'%20OR%20'1'='1",
  '1.0.0%0d%0aX-Injected:%20yes',
  '%7B%7B7*7%7D%7D',
  'null',
]

/** Headers that are not the right token. */
export const TOKENS: readonly string[] = [
  'Authorization: Bearer',
  'Authorization: Bearer ',
  'Authorization: Bearer wrong-wrong-wrong-wrong',
  'Authorization: bearer reader-0123456789abcdeg',
  'Authorization: Bearer reader-0123456789abcdef extra',
  'Authorization: Bearer reader-0123456789abcde',
  'Authorization: Token reader-0123456789abcdef',
  'Authorization: reader-0123456789abcdef',
  'Authorization: Basic',
  'Authorization: Basic !!!',
  `Authorization: Basic ${Buffer.from('reader').toString('base64')}`,
  `Authorization: Basic ${Buffer.from('admin:reader-0123456789abcdef').toString('base64')}`,
  `Authorization: Basic ${Buffer.from(':').toString('base64')}`,
  'Authorization: Digest username="a"',
  `Authorization: Bearer ${'a'.repeat(10_000)}`,
  'Authorization: Bearer null',
  'Authorization: Bearer undefined',
  'Authorization: Bearer ../../../etc/passwd',
  'X-Authorization: Bearer reader-0123456789abcdef',
  'Cookie: token=reader-0123456789abcdef',
  'Proxy-Authorization: Bearer reader-0123456789abcdef',
  'X-Forwarded-For: 127.0.0.1',
]

/** Methods that nothing has. */
export const METHODS: readonly string[] = [
  'TRACE',
  'PATCH',
  'PROPFIND',
  'LOCK',
  'MKCOL',
  'SEARCH',
  'PURGE',
  'COPY',
  'LINK',
]

/** Names of other machines. */
export const HOSTS: readonly string[] = [
  'evil.example',
  'evil.example:80',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'localhost@evil.example',
  '169.254.169.254',
  '0.0.0.0',
  '[::]',
  '',
  'localhost:99999999',
]

/** What a browser says of a page of another site. */
export const ORIGINS: readonly string[] = [
  'Origin: http://evil.example',
  'Origin: null',
  'Origin: http://localhost:1',
  'Origin: https://localhost.evil.example',
  'Sec-Fetch-Site: cross-site',
  'Sec-Fetch-Site: same-site',
]
