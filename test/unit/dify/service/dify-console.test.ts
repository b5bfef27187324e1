import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { DifyClient, DifyConsole } from '../../../../src/dify/service/index.js'
import { simulatedDify } from '../../../support/simulated-dify.js'

const FILE = join(import.meta.dirname, '../../../../examples/dify/translation_workflow.yml')
const TEXT = {
  source_lang: 'English',
  target_lang: 'Spanish',
  source_text: 'Hello',
  country: 'Mexico',
}

it('imports a file as an app, publishes it, and makes a key that runs it', async () => {
  const bed = await simulatedDify()
  const { console: baseUrl, token: accessToken, csrf: csrfToken } = bed.addresses
  const dify = new DifyConsole({ baseUrl, accessToken, csrfToken })
  const dsl = await readFile(FILE, 'utf8')
  const app = await dify.importApp(dsl, { name: 'Copy' })
  expect(app).toMatchObject({ mode: 'workflow', has_warnings: false })
  const first = await dify.publish(app.app_id)
  const again = await dify.importApp(`${dsl}\n`, { appId: app.app_id })
  expect(again.app_id).toBe(app.app_id)
  expect(await dify.exportApp(app.app_id)).toBe(`${dsl}\n`)
  const second = await dify.publish(app.app_id)
  expect(second).not.toBe(first)
  const client = new DifyClient({ baseUrl: bed.url, apiKey: await dify.createKey(app.app_id) })
  expect(await client.run({ workflowId: first, inputs: TEXT })).toMatchObject({
    workflow_id: first,
  })
})

it('says what Dify refuses, and shows no token', async () => {
  const bed = await simulatedDify()
  const { console: baseUrl, token: accessToken, csrf: csrfToken } = bed.addresses
  const dify = new DifyConsole({ baseUrl, accessToken, csrfToken })
  await expect(dify.importApp('app: {}')).rejects.toMatchObject({ code: 'OPT-DIFY-005' })
  await expect(dify.publish('unknown')).rejects.toMatchObject({ context: { status: 404 } })
  const stranger = new DifyConsole({ baseUrl, accessToken: 'other-token' })
  const error = await stranger.exportApp('x').catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'OPT-DIFY-004' })
  expect(inspect([stranger, error], { depth: 9 })).not.toContain('other-token')
  expect(() => new DifyConsole({ baseUrl, accessToken: '' })).toThrow(/"accessToken"/)
})

it('shows the token against forged requests as little as the other one', async () => {
  // A gateway that repeats every header.
  const server = createServer(({ headers }, response) => {
    response.writeHead(403, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ code: 'forbidden', message: JSON.stringify(headers) }))
  })
  server.listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const dify = new DifyConsole({ baseUrl, accessToken: 'access-1234', csrfToken: 'forged-5678' })
  const error = await dify.exportApp('x').catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    code: 'OPT-DIFY-004',
    message: expect.stringContaining('***') as string,
  })
  expect(inspect([dify, error], { depth: 9 })).not.toMatch(/access-1234|forged-5678/)
})
