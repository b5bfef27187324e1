// A simulated Dify: a server of its own process that answers Dify's service API, executes the graphs of real files
// step by step, and has the faults that a test orders. What its models answer follows a fixed rule, or comes from an
// OpenAI-compatible server; no figure from it says anything about a model.
//
// node main.mjs '{"apps":[{"file":"…","keys":1}],"model":{"rule":"features"},"max_active_requests":3,"stand_ins":{},"outside":"http://…"}'
// `outside` is the address that nodes of the type http-request are sent to, whatever theirs is.
// prints one line of JSON: its addresses, its apps with keys and versions. It ends when its input does.
// Below /bed, tests order faults, and read which requests came.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { Apps } from './apps.mjs'
import { Console } from './console.mjs'
import { Faults, sendJson } from './faults.mjs'
import { Service } from './service.mjs'

const settings = JSON.parse(process.argv[2] ?? '{}')
const apps = new Apps()
const faults = new Faults()
const secrets = { token: randomBytes(12).toString('hex'), csrf: randomBytes(12).toString('hex') }
const service = new Service({ apps, faults, settings })
const management = new Console({ apps, ...secrets })
const requests = []

const imported = (settings.apps ?? []).map(({ file }) => {
  const app = apps.import(readFileSync(file, 'utf8'))
  const { id: workflowId } = apps.publish(app)
  return {
    id: app.id,
    name: app.name,
    mode: app.mode,
    key: apps.addKey(app),
    workflow_id: workflowId,
  }
})

const server = createServer((request, response) => {
  void answer(request, response).catch((error) => {
    if (!response.headersSent)
      sendJson(response, 500, { code: 'bed_failed', message: error.stack, status: 500 })
  })
})
server.listen(settings.port ?? 0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}`
  const addresses = { service: `${url}/v1`, console: `${url}/console/api`, bed: `${url}/bed` }
  process.stdout.write(`${JSON.stringify({ ...addresses, ...secrets, apps: imported })}\n`)
})
process.stdin.on('end', () => process.exit(0)).resume()

async function answer(request, response) {
  const url = new URL(request.url, 'http://bed')
  const [, place, path] = /^\/(v1|console\/api|bed)(\/.*)$/.exec(url.pathname) ?? []
  const body = await bodyOf(request)
  const call = {
    method: request.method,
    path,
    query: url.searchParams,
    headers: request.headers,
    body,
    response,
  }
  if (place === 'bed') return control(call)
  requests.push({ place, method: call.method, path, ...(body?.content ? {} : { body }) })
  if (place === 'v1') await service.handle(call)
  else if (place !== undefined) management.handle(call)
  else sendJson(response, 404, { code: 'not_found', message: 'No such call', status: 404 })
}

/** What only tests call. */
function control({ method, path, body, response }) {
  if (method === 'POST' && path === '/faults') faults.order(body)
  else if (method === 'POST' && path === '/clear') {
    faults.clear()
    requests.length = 0
  }
  const runs = [...service.runs.values()].map((run) => ({
    ...run.summary(),
    inputs: run.inputs,
    form_token: run.status === 'paused' ? run.form.form_token : null,
  }))
  sendJson(response, 200, { requests, runs, active: service.active })
}

async function bodyOf(request) {
  const pieces = []
  for await (const piece of request) pieces.push(piece)
  const bytes = Buffer.concat(pieces)
  const type = request.headers['content-type'] ?? ''
  if (type.startsWith('multipart/form-data')) return await formOf(bytes, type)
  return bytes.length === 0 ? {} : JSON.parse(bytes.toString('utf8'))
}

async function formOf(bytes, type) {
  const form = await new Response(bytes, { headers: { 'content-type': type } }).formData()
  const file = form.get('file')
  const content = Buffer.from(await file.arrayBuffer())
  return { name: file.name, type: file.type, content, user: form.get('user') ?? undefined }
}
