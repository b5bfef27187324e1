import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describeProgram } from '../../../../src/cli/command-tree.js'
import { placesOf, type Place } from '../../../../src/cli/completion/places.js'
import { buildProgram } from '../../../../src/cli/program.js'
import { Session } from '../../../../src/cli/session.js'
import { tempDirectory } from '../../../support/temp.js'
import { createEnvironment } from '../environment.js'

/** The places of the whole command. */
export const PLACES: readonly Place[] = placesOf(
  describeProgram(buildProgram(new Session(createEnvironment().environment))),
)

const isExpected = process.env['HOLDFAST_CI'] === '1' && process.getuid?.() === 0

/** Whether tests of that shell are left out here; where CI runs as root, a missing one fails them. */
export function isLeftOut(shell: string): boolean {
  const isInstalled = spawnSync(shell, ['-c', 'true']).status === 0
  return process.platform === 'win32' || !(isInstalled || isExpected)
}

/** Runs a script in that shell, in a directory of its own with these files. */
export async function runIn(
  shell: string,
  script: string,
  files: readonly string[] = [],
): Promise<string> {
  const directory = await tempDirectory()
  for (const name of files) await writeFile(join(directory, name), '')
  const { stdout, stderr, status } = spawnSync(shell, ['-c', script], {
    cwd: directory,
    encoding: 'utf8',
  })
  if (status !== 0 || stderr !== '') throw new Error(`${shell} ended with ${status}: ${stderr}`)
  return stdout
}

/** Words as one of these shells reads them, the last one being the one that is completed. */
export function wordsOf(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
}
