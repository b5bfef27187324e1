import { spawnSync } from 'node:child_process'
import { onTestFinished } from 'vitest'

/** Why a test that mounts or changes its user cannot run. */
export const NEEDS_ROOT = 'needs root: it mounts a file system or becomes another user'

/** Mounts a tmpfs over `directory` for the length of the test. */
export async function mountTmpfs(directory: string, options: string): Promise<string> {
  run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory])
  // Before the directory's own removal, which was registered earlier: hooks run last in, first out.
  onTestFinished(() => run('umount', ['--lazy', directory]))
  return await Promise.resolve(directory)
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`)
}
