// What a node that sends a request does. All requests go to one address of this machine, which a test serves: the
// address that the node has is in a header. Without it, the answer is a stand-in.

/** The outputs of the node. */
export async function sendRequest(data, run) {
  const url = run.variables.render(data.url)
  if (!/^https?:\/\//.test(url)) throw new Error('url should start with http:// or https://')
  if (run.outside === undefined) return { body: '{}', status_code: 200, headers: {}, files: [] }
  const target = new URL(url)
  for (const [name, value] of pairsOf(data.params, run.variables))
    target.searchParams.append(name, value)
  const { content, type } = bodyOf(data.body ?? {}, run.variables)
  const method = (data.method ?? 'get').toUpperCase()
  const response = await fetch(run.outside, {
    method,
    headers: headersOf(data, { type, target, variables: run.variables }),
    ...(content === undefined || method === 'GET' || method === 'HEAD' ? {} : { body: content }),
  })
  const body = await response.text()
  // Only where something is to happen with a failure is an answer one.
  const isWatched = data.error_strategy !== undefined || data.retry_config?.retry_enabled === true
  if (!response.ok && isWatched)
    throw new Error(`Request failed with status code ${response.status}`)
  return {
    body,
    status_code: response.status,
    headers: Object.fromEntries(response.headers),
    files: [],
  }
}

/** Those of the node win over the ones that its body and its credentials have. */
function headersOf(data, { type, target, variables }) {
  const headers = new Headers(authorization(data.authorization ?? {}))
  if (type !== undefined) headers.set('content-type', type)
  for (const [name, value] of pairsOf(data.headers, variables)) headers.set(name, value)
  headers.set('x-simulated-url', target.href)
  return headers
}

/** Lines of `name:value`; old files have lists of `{ key, value }`. */
function pairsOf(given, variables) {
  if (Array.isArray(given))
    return given.map(({ key, value }) => [variables.render(key), variables.render(value)])
  return String(given ?? '')
    .split('\n')
    .filter((line) => line.includes(':'))
    .map((line) => {
      const at = line.indexOf(':')
      return [line.slice(0, at), line.slice(at + 1)].map((part) => variables.render(part).trim())
    })
}

function bodyOf({ type, data }, variables) {
  const items = Array.isArray(data) ? data : [{ value: data }]
  const text = variables.render(items[0]?.value)
  if (type === 'json') {
    try {
      return { type: 'application/json', content: JSON.stringify(JSON.parse(text)) }
    } catch (cause) {
      throw new Error(`Failed to parse JSON: ${text}`, { cause })
    }
  }
  if (type === 'raw-text') return { type: 'text/plain', content: text }
  if (type === 'x-www-form-urlencoded' || type === 'form-data') {
    const fields = items.map(({ key, value }) => [key, value].map((part) => variables.render(part)))
    return { type: 'application/x-www-form-urlencoded', content: `${new URLSearchParams(fields)}` }
  }
  return {}
}

function authorization({ type, config }) {
  if (type !== 'api-key' || !config) return {}
  const { type: kind, api_key: key, header } = config
  if (kind === 'custom') return { [header]: key }
  return { authorization: kind === 'basic' ? `Basic ${btoa(key)}` : `Bearer ${key}` }
}
