import { spawnSync } from 'node:child_process'
import { runHere } from '../../../unit/cli/environment.js'
import { BIN } from '../../../unit/cli/holdfast.js'

/** What the command said: as text, and in short, kind and path of each finding or code and path of the error. */
export interface Said {
  readonly exit: number | null
  readonly text: string
  readonly said: readonly string[]
}

interface Report {
  /** Those of `doctor` have no path. */
  readonly findings?: readonly { kind: string; path?: string; repaired: boolean }[]
  readonly error?: { code: string; context: { path?: string } }
}

/** Runs the command for its document and, where it changes nothing, also for its text. */
export async function runCli(args: readonly string[], uid: number | undefined): Promise<Said> {
  const text = args.includes('--repair') ? '' : (await run(args, uid)).text
  const { exit, text: document } = await run([...args, '--json'], uid)
  return { exit, text, said: shortened(JSON.parse(document) as Report) }
}

/** In this process, which is faster, unless another user is asked for. */
async function run(
  args: readonly string[],
  uid: number | undefined,
): Promise<{ readonly exit: number | null; readonly text: string }> {
  if (uid === undefined) {
    const { code, stdout, stderr } = await runHere(args)
    return { exit: code, text: args.includes('--json') ? stdout : stdout + stderr }
  }
  const options = { encoding: 'utf8', cwd: '/', uid, gid: uid, env: {} } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], options)
  return { exit: status, text: args.includes('--json') ? stdout : stdout + stderr }
}

function shortened({ findings, error }: Report): readonly string[] {
  if (error !== undefined) return [`${error.code} ${error.context.path ?? ''}`]
  return (findings ?? []).flatMap(({ kind, path, repaired }) =>
    path === undefined ? [] : [`${repaired ? '!' : ''}${kind} ${path.replace(TIME, '.*.json')}`],
  )
}

const TIME = /\.\d{4}-\d\d-\d\dT[^/]*\.json$/
