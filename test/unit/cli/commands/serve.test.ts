import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it, onTestFinished } from 'vitest'
import { tempDirectory } from '../../../support/temp.js'
import { isWindows } from '../../../support/windows.js'
import { ended, holdfast, start, type RunOptions } from '../holdfast.js'

/** Starts the command as it is installed, and waits for its line. */
async function serve(
  args: readonly string[],
  options?: RunOptions,
): Promise<{ readonly child: ChildProcess; readonly line: string; readonly address: string }> {
  const child = start(['serve', '--port', '0', ...args], options)
  onTestFinished(() => void child.kill('SIGKILL'))
  if (child.stdout === null) throw new Error('Its output is not piped')
  const lines = createInterface({ input: child.stdout })
  const [line] = (await once(lines, 'line')) as [string]
  const [address = ''] = /https?:\/\/\S+/.exec(line) ?? []
  return { child, line, address }
}

describe('holdfast serve', () => {
  it('prints its address when it is ready, for a store of any kind', async () => {
    const directory = await tempDirectory()
    for (const store of ['memory:', 'file:prompts', 'sqlite:prompts.db']) {
      const [scheme = '', path = ''] = store.split(':')
      const url = path === '' ? store : `${scheme}:${join(directory, path)}`
      const { line, address, child } = await serve(['--store', url])
      expect(line).toContain(`Serving ${scheme}:`)
      expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
      expect((await fetch(`${address}/readyz`)).status).toBe(200)
      child.kill('SIGKILL')
    }
  })

  it.skipIf(isWindows)('ends in order at a signal, with status 0', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const { child, address } = await serve(['--dir', join(await tempDirectory(), 'store')])
      expect(await (await fetch(`${address}/livez`)).json()).toEqual({ status: 'ok' })
      const end = ended(child)
      child.kill(signal)
      expect((await end).code).toBe(0)
    }
  })

  it('lets other machines in with a token only', async () => {
    const refused = await holdfast(['serve', '--store', 'memory:', '--host', '0.0.0.0'])
    expect(refused.code).toBe(2)
    for (const remedy of ['--tokens', 'HOLDFAST_SERVER_TOKEN', '--client-ca'])
      expect(refused.stderr).toContain(remedy)
    const tokens = join(await tempDirectory(), 'tokens.yaml')
    await writeFile(tokens, 'tokens: [{ name: ci, secret: abcdefghijklmnop }]')
    const { address } = await serve(['--store', 'memory:', '--host', '0.0.0.0', '--tokens', tokens])
    const url = `${address.replace('0.0.0.0', '127.0.0.1')}/nothing`
    expect((await fetch(url)).status).toBe(401)
    const headers = { authorization: 'Bearer abcdefghijklmnop' }
    expect((await fetch(url, { headers })).status).toBe(404)
  })

  it('serves files beside the prompts', async () => {
    const directory = await tempDirectory()
    const files = `file:${join(directory, 'files')}`
    const { address } = await serve(['--store', 'memory:', '--files', files])
    const at = `${address}/api/v1/files/k`
    const headers = { 'content-type': 'application/octet-stream' }
    expect((await fetch(at, { method: 'PUT', headers, body: 'content' })).status).toBe(200)
    expect(await (await fetch(at)).text()).toBe('content')
  })

  it('prints requests as JSON where that is asked for, and its address as JSON', async () => {
    const child = start(['serve', '--store', 'memory:', '--port', '0', '--json', '--log-requests'])
    onTestFinished(() => void child.kill('SIGKILL'))
    if (child.stdout === null || child.stderr === null) throw new Error('Its output is not piped')
    let printed = ''
    for await (const chunk of child.stdout) {
      printed += String(chunk)
      if (printed.endsWith('}\n')) break
    }
    const { address, store } = JSON.parse(printed) as { address: string; store: string }
    expect(store).toBe('memory:')
    const logged = once(createInterface({ input: child.stderr }), 'line')
    await fetch(`${address}/livez`, { headers: { 'x-request-id': 'trace-1' } })
    const [line] = (await logged) as [string]
    expect(JSON.parse(line)).toMatchObject({
      event: 'request',
      id: 'trace-1',
      route: '/livez',
      status: 200,
    })
  })

  it('refuses wrong usage with status 2', async () => {
    for (const args of [['--port', '70000'], ['--tls-cert', 'x.pem'], []])
      expect((await holdfast(['serve', ...args])).code).toBe(2)
  })
})
