import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { rolldown } from 'rolldown'
import { describe, expect, it } from 'vitest'
import { startServer } from '../server/support.js'

const ROOT = join(import.meta.dirname, '../../..')

/** What browsers, workers and edge runtimes have; neither Buffer nor process. */
const WEB = {
  AbortController,
  clearInterval,
  clearTimeout,
  fetch,
  performance,
  setInterval,
  setTimeout,
  TextDecoder,
  TextEncoder,
  URL,
}

/** The client as a bundler for browsers makes it, as a script with the global `holdfast`. */
async function bundled(): Promise<string> {
  const bundle = await rolldown({
    input: join(ROOT, 'dist/bundled/client-web.js'),
    platform: 'browser',
    logLevel: 'silent',
  })
  const { output } = await bundle.generate({
    format: 'iife',
    name: 'holdfast',
    codeSplitting: false,
    minify: true,
  })
  await bundle.close()
  return output[0].code
}

describe('the client without Node', () => {
  it('asks for no module of Node, and publishes and reads over a server', async () => {
    const { address, storage } = await startServer()
    const code = await bundled()
    expect(code).not.toMatch(/(from|import|require)\s*\(?["'`]node:/)
    const context = createContext({ ...WEB, address })
    runInContext(code, context)
    const found: unknown = await runInContext(
      `(async () => {
        const storage = await holdfast.RemoteStorage.open({ url: address })
        const registry = new holdfast.PromptRegistry({ storage })
        await registry.publish('greeting', { text: 'Hello 🙂 {{name}}' }, { labels: ['production'] })
        const { prompt, version } = await registry.get('greeting', '@production')
        const refused = await storage.saveVersion({ prompt_id: 'p', version: 'x' }).catch((e) => e.name)
        await storage.close()
        return JSON.stringify([version, prompt.text, refused])
      })()`,
      context,
    )
    expect(JSON.parse(String(found))).toEqual(['1.0.0', 'Hello 🙂 {{name}}', 'TypeError'])
    expect((await storage.readHead('greeting'))?.labels['production']?.version).toBe('1.0.0')
  })
})
