import { readFile, realpath } from 'node:fs/promises'
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os'

/** What the numbers were measured on. */
export interface Machine {
  readonly cpu: string
  readonly cpus: number
  readonly memoryGib: number
  readonly system: string
  readonly node: string
  readonly fileSystem: string
  /** Other work of the last minute, in busy processors, before the bench began. */
  readonly load: number
}

export async function describeMachine(directory: string): Promise<Machine> {
  const processors = cpus()
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cpus: processors.length,
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    fileSystem: await fileSystemOf(directory),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  }
}

/** Type and options of the mount that holds a directory; only Linux tells. */
async function fileSystemOf(directory: string): Promise<string> {
  if (platform() !== 'linux') return 'unknown'
  const path = `${await realpath(directory)}/`
  const mounts = (await readFile('/proc/self/mounts', 'utf8'))
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, point = '']) => path.startsWith(point === '/' ? '/' : `${point}/`))
  // Of mounts on one point the last one is seen.
  const holder = mounts.reduce<string[]>(
    (best, mount) => ((mount[1] ?? '').length >= (best[1] ?? '').length ? mount : best),
    [],
  )
  return `${holder[2] ?? 'unknown'} (${holder[3] ?? 'options unknown'})`
}
