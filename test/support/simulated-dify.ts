import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { isAbsolute, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, onTestFinished, TestRunner } from 'vitest'

const MAIN = join(import.meta.dirname, '../beds/simulated-dify/main.mjs')
const EXAMPLES = join(import.meta.dirname, '../../examples/dify')
const kept = new Set<SimulatedDify>()

afterAll(async () => {
  for (const bed of kept) await bed.stop()
})

export interface SimulatedApp {
  readonly id: string
  readonly name: string
  readonly mode: string
  readonly key: string
  /** The version that was published. */
  readonly workflow_id: string
}

export interface SimulatedRequest {
  readonly place: string
  readonly method: string
  readonly path: string
  readonly body?: Readonly<Record<string, unknown>>
}

export interface SimulatedRun {
  readonly id: string
  readonly workflow_id: string
  readonly status: string
  readonly inputs: Readonly<Record<string, unknown>>
  /** The form that a paused run waits for. */
  readonly form_token: string | null
}

/** A fault as `faults.mjs` of the bed takes it. */
export interface SimulatedFault {
  readonly kind: string
  readonly on?: 'run' | 'chat' | 'get_run' | 'events' | 'upload'
  readonly times?: number
  readonly after?: number
  readonly [detail: string]: unknown
}

export interface SimulatedSettings {
  /** Paths of files, or names of those in examples/dify. */
  readonly files?: readonly string[]
  readonly model?: { readonly rule?: unknown; readonly url?: string }
  readonly max_active_requests?: number
  /** Outputs of nodes that the bed cannot execute, by id. */
  readonly stand_ins?: Readonly<Record<string, unknown>>
  readonly port?: number
  /** Where nodes that send a request send it; their own address is in the header `x-simulated-url`. */
  readonly outside?: string
}

interface Addresses {
  readonly service: string
  readonly console: string
  readonly bed: string
  readonly token: string
  readonly csrf: string
  readonly apps: readonly SimulatedApp[]
}

/** A simulated Dify in a process of its own, for this test, or for the file when called from `beforeAll`. */
export async function simulatedDify(settings: SimulatedSettings = {}): Promise<SimulatedDify> {
  const { files = [], ...rest } = settings
  const apps = files.map((file) => ({ file: isAbsolute(file) ? file : join(EXAMPLES, file) }))
  const child = spawn(process.execPath, [MAIN, JSON.stringify({ apps, ...rest })], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const bed = new SimulatedDify(child, JSON.parse(line) as Addresses)
  if (TestRunner.getCurrentTest() === undefined) kept.add(bed)
  else onTestFinished(async () => await bed.stop())
  return bed
}

export class SimulatedDify {
  readonly addresses: Addresses
  readonly #child: ChildProcess

  constructor(child: ChildProcess, addresses: Addresses) {
    this.#child = child
    this.addresses = addresses
  }

  get url(): string {
    return this.addresses.service
  }

  /** The first app. */
  get app(): SimulatedApp {
    const [app] = this.addresses.apps
    if (app === undefined) throw new Error('The bed was started without a file')
    return app
  }

  async fault(...faults: SimulatedFault[]): Promise<void> {
    await this.#control('POST', '/faults', faults)
  }

  /** Forgets faults and requests. */
  async clear(): Promise<void> {
    await this.#control('POST', '/clear', {})
  }

  async requests(): Promise<readonly SimulatedRequest[]> {
    return (await this.#control('GET', '/state')).requests
  }

  async runs(): Promise<readonly SimulatedRun[]> {
    return (await this.#control('GET', '/state')).runs
  }

  /** How many runs and answers are under way. */
  async active(): Promise<number> {
    return (await this.#control('GET', '/state')).active
  }

  async stop(): Promise<void> {
    kept.delete(this)
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.stdin?.end()
    await exited
  }

  async #control(method: string, path: string, body?: unknown): Promise<State> {
    const response = await fetch(`${this.addresses.bed}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return (await response.json()) as State
  }
}

interface State {
  readonly requests: readonly SimulatedRequest[]
  readonly runs: readonly SimulatedRun[]
  readonly active: number
}
