import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

const UNSHARE = ['--pid', '--fork', '--kill-child', '--mount-proc', '--net']
const dist = (path: string): string =>
  JSON.stringify(new URL(`../../../dist/${path}`, import.meta.url).href)

export const hasNamespaces =
  process.platform === 'linux' && spawnSync('unshare', [...UNSHARE, 'true']).status === 0

export type DiskKind = 'native' | 'portable'

/** A process in PID, mount and network namespaces of its own, as in a container, with the store open. */
export interface Container {
  /** 'open', or the code and message of the failure. */
  readonly opened: string
  /** Commits a file of that name, which holds its name; 'saved', or the code and message of the failure. */
  save(path: string): Promise<string>
  kill(): Promise<void>
}

const SCRIPT = `
  import { createInterface } from 'node:readline'
  const { DurableDirectory } = await import(${dist('engine/durable-directory.js')})
  const [directory, disk] = process.argv.slice(1)
  const say = (text) => process.stdout.write(JSON.stringify(text) + '\\n')
  const failed = (error) => error.code + ' ' + error.message
  let store
  try {
    store = await DurableDirectory.open(directory, { disk, segmentBytes: 65_536, lockTimeoutMs: 2000 })
  } catch (error) {
    say(failed(error))
    process.exit()
  }
  say('open')
  for await (const path of createInterface({ input: process.stdin })) {
    const saving = store.commit([{ kind: 'create', path, bytes: Buffer.from(path) }])
    say(await saving.then(() => 'saved', failed))
  }
  await store.close()`

/** Starts a container that opens the store in `directory`. It is killed when the test ends. */
export async function startContainer(
  directory: string,
  disk: DiskKind,
  namespaces: readonly string[] = UNSHARE,
): Promise<Container> {
  const node = [process.execPath, '--input-type=module', '-e', SCRIPT, directory, disk]
  const child = spawn('unshare', [...namespaces, ...node], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  onTestFinished(kill)
  child.stdin.on('error', () => undefined)
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => {
    const { value, done } = await answers.next()
    return done === true ? 'ended' : (JSON.parse(value) as string)
  }
  const save = async (path: string): Promise<string> => {
    child.stdin.write(`${path}\n`)
    return await next()
  }
  return { opened: await next(), save, kill }
}
