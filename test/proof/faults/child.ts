import { spawn } from 'node:child_process'
import type * as fs from 'node:fs'
import { chmod, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type * as files from '../../../src/files/index.js'
import type * as holdfast from '../../../src/index.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { tempDirectory } from '../../support/temp.js'
import { isWindows } from '../../support/windows.js'
import { compileInjector } from './injector/compile.mjs'

/** What became of a call, as it comes back from a child. */
export interface Outcome {
  readonly ok: boolean
  readonly name?: string
  readonly code?: string
  readonly message?: string
  readonly context?: Readonly<Record<string, unknown>>
}

/** What the body of a child works with. */
export interface ChildTools<Input = undefined> {
  readonly input: Input
  readonly holdfast: typeof holdfast
  /** What `holdfast/files` exports. */
  readonly loadFiles: () => Promise<typeof files>
  readonly storageDir: string
  readonly open: (
    options?: Partial<holdfast.FileSystemStorageOptions>,
  ) => Promise<holdfast.FileSystemStorage>
  readonly version: (promptId: string, version: string, filler?: number) => holdfast.PromptVersion
  readonly outcome: (work: Promise<unknown>) => Promise<Outcome>
  /** Sets the rules of the failing disk, see injector/injector.c; '' makes it well again. */
  readonly faults: (rules: string) => void
  /** The paths that were flushed until now, in order. */
  readonly flushed: () => readonly string[]
  readonly fs: typeof fs
  /** Runs a command; its exit status. */
  readonly run: (command: string, ...given: readonly string[]) => number | null
  readonly sleep: (ms: number) => Promise<void>
  /** Answers and ends the process as it is, as `kill -9` does. */
  readonly kill: (answer: unknown) => never
}

export interface ChildOptions<Input = undefined> {
  /** Given to the body, by way of JSON. */
  readonly input?: Input
  readonly uid?: number
  /** The most bytes that a file may have. */
  readonly fileBytes?: number
  /** The most descriptors that the process may hold. */
  readonly descriptors?: number
  /** The library made of injector/. */
  readonly preload?: string
}

const DEADLINE_MS = 45_000
/** How a process ends that has killed itself: on Windows a signal is not reported. */
const KILLED = isWindows ? '1' : 'SIGKILL'
const entry = new URL('../../../dist/index.js', import.meta.url).href
const filesEntry = new URL('../../../dist/files/index.js', import.meta.url).href

/**
 * Runs `body` in a process of its own, over the built package. The body's source is what travels: it sees its argument
 * and the globals, and nothing of the file that it is in.
 */
export async function inChild<Answer, Input = undefined>(
  storageDir: string,
  body: (tools: ChildTools<Input>) => Promise<Answer>,
  options: ChildOptions<Input> = {},
): Promise<Answer> {
  const place = await controlDirectory()
  const script = join(place, 'child.mjs')
  await writeFile(script, scriptOf({ storageDir, place, input: options.input }, body.toString()))
  const limit =
    (options.descriptors === undefined ? '' : `ulimit -n ${options.descriptors} && `) +
    (options.fileBytes === undefined ? '' : `ulimit -f ${options.fileBytes / 512} && `)
  // Windows has neither those limits nor a shell that knows them.
  const [program = '', ...given] = isWindows
    ? [process.execPath, script]
    : ['sh', '-c', `${limit}exec "$0" "$1"`, process.execPath, script]
  const child = spawn(program, given, {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOLDFAST_FAULTS: join(place, 'faults'),
      HOLDFAST_FAULTS_LOG: join(place, 'log'),
      ...(options.preload === undefined ? {} : { LD_PRELOAD: options.preload }),
    },
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS)
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(String(code ?? signal)))
  })
  const [output, complaints] = await Promise.all([text(child.stdout), text(child.stderr)])
  const status = await ended
  clearTimeout(timer)
  if (status === KILLED && output !== '') return JSON.parse(output) as Answer
  if (status !== '0') throw new Error(`The child ended with ${status}: ${complaints}`)
  return JSON.parse(output) as Answer
}

/** Compiles the failing disk, where there is a compiler and Linux. */
export async function compileFaults(): Promise<{
  readonly path: string
  readonly missing: boolean
}> {
  const directory = await tempDirectory()
  await chmod(directory, 0o755)
  const path = compileInjector(directory)
  return { path: path ?? '', missing: path === undefined }
}

export const NEEDS_COMPILER = 'needs cc and Linux: it preloads a failing disk'

/** Not below the store, and open to the user that a child may run as. */
async function controlDirectory(): Promise<string> {
  const directory = await mkdtemp(join(await tempDirectory(), 'child-'))
  await chmod(join(directory, '..'), 0o777)
  await chmod(directory, 0o777)
  return directory
}

function scriptOf(
  { storageDir, place, input }: { storageDir: string; place: string; input: unknown },
  body: string,
): string {
  const control = join(place, 'faults')
  return `
    import fs from 'node:fs'
    import { spawnSync } from 'node:child_process'
    import * as holdfast from ${JSON.stringify(entry)}
    const sample = ${JSON.stringify(sampleVersion('id', '0.0.0'))}
    const storageDir = ${JSON.stringify(storageDir)}
    const tools = {
      holdfast, loadFiles: async () => await import(${JSON.stringify(filesEntry)}), fs, storageDir, input: ${JSON.stringify(input ?? null)},
      open: async (options = {}) => await holdfast.FileSystemStorage.open({ storageDir, minFreeMb: 0, ...options }),
      version: (prompt_id, version, filler = 0) => ({ ...sample, prompt_id, version, metadata: { filler: 'x'.repeat(filler) } }),
      outcome: async (work) => await work.then(() => ({ ok: true }), ({ name, code, message, context }) => ({ ok: false, name, code, message, context })),
      faults: (rules) => {
        fs.writeFileSync(${JSON.stringify(control)} + '.new', rules)
        fs.renameSync(${JSON.stringify(control)} + '.new', ${JSON.stringify(control)})
      },
      run: (command, ...given) => spawnSync(command, given).status,
      flushed: () =>
        fs.readFileSync(${JSON.stringify(join(place, 'log'))}, 'utf8').split('\\n')
          .filter((line) => / ok /.test(line)).map((line) => line.split(' ').slice(3).join(' ')),
      sleep: async (ms) => await new Promise((resolve) => setTimeout(resolve, ms)),
      kill: (answer) => { fs.writeSync(1, JSON.stringify(answer ?? null)); process.kill(process.pid, 'SIGKILL'); for (;;); },
    }
    const body = ${body}
    const answer = await body(tools)
    fs.writeSync(1, JSON.stringify(answer ?? null))
    process.exit(0)
  `
}
