import { PassThrough, Readable } from 'node:stream'
import type { ReadStream, WriteStream } from 'node:tty'
import type { Environment } from '../../../src/cli/environment.js'
import { run } from '../../../src/cli/run.js'

export interface GivenEnvironment {
  readonly argv?: readonly string[]
  readonly variables?: Environment['variables']
  readonly input?: string | Uint8Array
  readonly isTTY?: boolean
}

export interface TestEnvironment {
  readonly environment: Environment
  readonly controller: AbortController
  readonly stdout: () => string
  readonly stderr: () => string
}

/** What a process would give to the command, with streams that remember what was written. */
export function createEnvironment(given: GivenEnvironment = {}): TestEnvironment {
  const controller = new AbortController()
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() }
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    Object.assign(streams[name], { isTTY: given.isTTY ?? false })
    streams[name].on('data', (chunk: Buffer) => (written[name] += chunk.toString()))
  }
  return {
    controller,
    environment: {
      argv: given.argv ?? [],
      variables: given.variables ?? {},
      stdin: Readable.from([given.input ?? '']) as unknown as ReadStream,
      stdout: streams.stdout as unknown as WriteStream,
      stderr: streams.stderr as unknown as WriteStream,
      signal: controller.signal,
    },
    stdout: () => written.stdout,
    stderr: () => written.stderr,
  }
}

/** Runs a command line in this process. */
export async function runHere(
  argv: readonly string[],
  given: GivenEnvironment = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const { environment, stdout, stderr } = createEnvironment({ ...given, argv })
  const code = await run(environment)
  await new Promise((resolve) => setImmediate(resolve))
  return { code, stdout: stdout(), stderr: stderr() }
}
