import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'
import { afterAll } from 'vitest'

/** A running hostile model. */
export interface HostileModel {
  readonly baseUrl: string
  /** What it has received with this model as its name. */
  readonly requestsTo: (model: string) => Promise<readonly HostileRequest[]>
}

export interface HostileRequest {
  readonly authorization?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: {
    readonly model: string
    readonly messages: readonly { readonly role: string; readonly content: string }[]
    readonly [field: string]: unknown
  }
}

/** Starts the server of test/beds/hostile-model.mjs in its own process, until the tests of the file have ended. */
export async function startHostileModel(): Promise<HostileModel> {
  const script = fileURLToPath(new URL('../beds/hostile-model.mjs', import.meta.url))
  const server = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  afterAll(async () => {
    const ended = once(server, 'exit')
    server.kill()
    await ended
  })
  if (server.stdout === null) throw new Error('the server has no output')
  const [line] = (await once(createInterface(server.stdout), 'line')) as [string]
  const origin = `http://127.0.0.1:${line.replace('listening ', '')}`
  return {
    baseUrl: `${origin}/v1`,
    requestsTo: async (model) => {
      const log = (await (await fetch(`${origin}/log`)).json()) as readonly HostileRequest[]
      return log.filter(({ body }) => body.model === model)
    },
  }
}
