import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { nativeInfo } from '../../../src/disk/native/load-binding.js'
import { VOLUME_OPTIONS } from '../disk/support.js'
import { tempDirectory } from '../../support/temp.js'
import { isWindows } from '../../support/windows.js'
import { builtModule } from './support.js'

const REPLACE_FILE = new URL('../../../native/build/replace-file.mjs', import.meta.url).href

/** Loads the binary, waits for a line, and only then uses it: most of its pages are still on the disk. */
const USER = (binary: string, directory: string): string => `
  import { once } from 'node:events'
  import { loadBinding } from ${JSON.stringify(builtModule('disk/native/load-binding'))}
  import { nativeDisk } from ${JSON.stringify(builtModule('disk/native/native-disk'))}
  const binding = loadBinding(${JSON.stringify(binary)})
  console.log('loaded')
  await once(process.stdin, 'data')
  const volume = await nativeDisk(binding).openVolume(${JSON.stringify(directory)}, ${JSON.stringify(VOLUME_OPTIONS)})
  await volume.write('a', new Uint8Array(10), { replace: true, flush: true })
  await volume.close()
  process.exit(0)
`

/** What becomes of a process that uses the binary when `replace` has put other bytes under its name. */
async function outcome(replace: (other: string, binary: string) => void): Promise<unknown[]> {
  const directory = await tempDirectory()
  const binary = join(directory, 'used.node')
  const other = join(directory, 'other')
  copyFileSync(nativeInfo().path ?? '', binary)
  writeFileSync(other, 'other bytes')
  const script = USER(binary, join(directory, 'store'))
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'close')
  await once(child.stdout, 'data')
  const before = statSync(binary).ino
  replace(other, binary)
  expect(statSync(binary).size).toBe(statSync(other).size)
  child.stdin.end('go\n')
  return [...(await ended), statSync(binary).ino === before]
}

// Windows keeps a library that is loaded from being removed or replaced.
describe.skipIf(isWindows)('a binary that is replaced while a process uses it', () => {
  it('goes on in that process, because the build puts another file under its name', async () => {
    const replaced = await outcome((from, to) => {
      const script = `import { replaceFile } from '${REPLACE_FILE}'
        replaceFile(${JSON.stringify(from)}, ${JSON.stringify(to)})`
      spawnSync(process.execPath, ['--input-type=module', '-e', script])
    })
    expect(replaced).toEqual([0, null, false])
  })

  it('would kill that process if it were written over in place', async () => {
    const [code, signal, sameFile] = await outcome(copyFileSync)
    expect(code).toBeNull()
    expect(['SIGBUS', 'SIGSEGV']).toContain(signal)
    expect(sameFile).toBe(true)
  })
})
