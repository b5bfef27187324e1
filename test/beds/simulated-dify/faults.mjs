// The faults that a test orders from the simulated Dify. Each is taken by the next request it fits, as often as it says.

/** Instead of an answer: status, type of content, body. */
const REFUSALS = {
  too_many_requests: [429, 'too_many_requests', 'Too many requests. Please try again later.'],
  rate_limit_error: [429, 'rate_limit_error', 'Your plan has used up its quota.'],
  unauthorized: [401, 'unauthorized', 'Access token is invalid'],
  internal_server_error: [500, 'internal_server_error', 'Internal server error'],
  provider_quota_exceeded: [
    400,
    'provider_quota_exceeded',
    'The quota of the provider is used up.',
  ],
  completion_request_error: [400, 'completion_request_error', 'The model refused the request.'],
}
const PAGE = '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>'

export class Faults {
  #ordered = []

  /** `{ kind, on?, times?, after?, ...details }`: `on` is the kind of request, `run` by default; `after` skips some. */
  order(faults) {
    for (const fault of faults) this.#ordered.push({ on: 'run', times: 1, after: 0, ...fault })
  }

  clear() {
    this.#ordered = []
  }

  /** The faults for one request, by kind. */
  take(on) {
    const taken = {}
    for (const fault of this.#ordered) {
      if (fault.on !== on || fault.times === 0 || taken[fault.kind] !== undefined) continue
      if (fault.after > 0) {
        fault.after--
        continue
      }
      fault.times--
      taken[fault.kind] = fault
    }
    return taken
  }
}

/** Answers instead of the service, if a fault says so. Returns whether it did. */
export function refuse(response, faults) {
  if (faults.drop !== undefined) {
    response.destroy()
    return true
  }
  if (faults.html_502 !== undefined) return page(response, 502)
  if (faults.html_429 !== undefined) return page(response, 429)
  if (faults.html_200 !== undefined) return page(response, 200)
  if (faults.redirect !== undefined) {
    response.writeHead(301, { location: faults.redirect.to }).end()
    return true
  }
  if (faults.silent !== undefined) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    return true
  }
  const kind = Object.keys(REFUSALS).find((name) => faults[name] !== undefined)
  if (kind === undefined) return false
  const [status, code, message] = REFUSALS[kind]
  sendJson(response, status, { code, message, status })
  return true
}

export function sendJson(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function page(response, status) {
  response.writeHead(status, { 'content-type': 'text/html' }).end(PAGE)
  return true
}
