import { execFile } from 'node:child_process'
import { chmod } from 'node:fs/promises'
import { execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { tempDirectory } from '../../support/temp.js'

/** Users of the tests. No account is needed: the kernel counts numbers only. */
export const ALICE = 20_001
export const BOB = 20_002
/** A group in which both are, as one of several. */
export const TEAM = 25_000

const INDEX = fileURLToPath(new URL('../../../dist/index.js', import.meta.url))

export interface Answer {
  readonly ok: boolean
  readonly code?: string
  readonly message?: string
  readonly context?: Readonly<Record<string, unknown>>
  readonly value?: unknown
}

/**
 * Runs `body`, the inside of an async function that has `DurableDirectory`, `FileSystemStorage`, `fs` and `path`, in a
 * process of a user whose own group is the user's number, and who is in the group `TEAM` too.
 *
 * @param privileges what `setpriv` gives the process beyond that
 */
export async function asUser(
  user: number,
  path: string,
  body: string,
  umask = 0o022,
  privileges: readonly string[] = [],
): Promise<Answer> {
  const program = `
    import fs from 'node:fs'
    import { DurableDirectory, FileSystemStorage } from ${JSON.stringify(INDEX)}
    process.umask(${umask})
    const path = ${JSON.stringify(path)}
    const answer = await (async () => { ${body} })().then(
      (value) => ({ ok: true, value }),
      (error) => ({ ok: false, code: error.code, message: error.message, context: error.context }),
    )
    console.log(JSON.stringify(answer))`
  const groups = [`--reuid=${user}`, `--regid=${user}`, `--groups=${TEAM}`]
  const child = [...groups, ...privileges, execPath, '--input-type=module', '-e', program]
  const { stdout } = await promisify(execFile)('setpriv', child)
  return JSON.parse(stdout) as Answer
}

/** A directory that every user may pass. */
export async function passable(): Promise<string> {
  const directory = await tempDirectory()
  await chmod(directory, 0o755)
  return directory
}
