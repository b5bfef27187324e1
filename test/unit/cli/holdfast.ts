import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** The command as it is installed. */
export const BIN: string = fileURLToPath(
  new URL('../../../dist/bundled/holdfast.js', import.meta.url),
)

/** Whether there is the `script` of util-linux, which runs a command on a pseudo terminal. */
export const hasTerminals: boolean = String(spawnSync('script', ['--version']).stdout).includes(
  'util-linux',
)

export interface Ended {
  /** The exit status, or the name of the signal that ended the process. */
  readonly code: number | string | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
  /** Another installation of the command. */
  readonly bin?: string
}

/** The environment without any setting that changes what the command does, as FORCE_COLOR in CI. */
export function plainEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env
  return { PATH, HOME }
}

/** Starts the command in the plain environment. */
export function start(args: readonly string[], options: RunOptions = {}): ChildProcess {
  return spawn(process.execPath, [options.bin ?? BIN, ...args], {
    env: { ...plainEnvironment(), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** Runs the command to its end. */
export async function holdfast(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const child = start(args, options)
  // A command that does not read its input may be gone before it is written.
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(options.input ?? '')
  return await ended(child)
}

export async function ended(child: ChildProcess): Promise<Ended> {
  if (child.stdout === null || child.stderr === null) throw new Error('The streams are not piped')
  const closed = new Promise<Ended['code']>((resolve) => {
    child.once('close', (code: number | null, signal: string | null) => resolve(code ?? signal))
  })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await closed, stdout, stderr }
}

/** Runs the command with `--json` and gives its exit status and the one document that it printed. */
export async function holdfastJson(
  args: readonly string[],
  options: RunOptions = {},
): Promise<{ readonly code: Ended['code']; readonly document: unknown }> {
  const { code, stdout, stderr } = await holdfast([...args, '--json'], options)
  if (stdout === '') throw new Error(`No document; standard error: ${stderr}`)
  return { code, document: JSON.parse(stdout) }
}

/** A version as a document, for `save`. */
export function document(promptId: string, version: string, promptText = 'Hello'): string {
  return JSON.stringify({
    version,
    prompt_id: promptId,
    created_at: '2026-01-02T03:04:05.678Z',
    parent_version: null,
    metadata: { author: 'tester' },
    prompt: {
      id: promptId,
      workflow_id: 'w',
      node_id: 'n',
      node_type: 'llm',
      text: promptText,
      role: 'user',
    },
  })
}
