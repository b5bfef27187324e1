import { execFile, type ChildProcess } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { openStore } from '../faults/support.js'
import { tempDirectory } from '../../support/temp.js'

const PACKAGE = new URL('../../../dist/index.js', import.meta.url).href

/** Runs a program over a storage of its own; gives what it printed. */
function run(
  storage: string,
  program: string,
): Promise<{ readonly stdout: string }> & { readonly child: ChildProcess } {
  const text = `import { FileSystemStorage, InMemoryStorage } from ${JSON.stringify(PACKAGE)}
const storage = ${storage}
${program}`
  return promisify(execFile)(process.execPath, ['--input-type=module', '-e', text])
}

describe('a process whose only work is to watch', () => {
  it('stays alive until the change of another process comes, and then ends by itself', async () => {
    const storageDir = await tempDirectory()
    const storage = await openStore(storageDir)
    const watching = run(
      `await FileSystemStorage.open(${JSON.stringify({ storageDir })})`,
      `const changes = storage.watch()
console.error('watching')
for await (const { prompt_id } of changes) { console.log(prompt_id); break }
console.log('left')
await storage.close()
console.log('closed')`,
    )
    await new Promise((resolve) => watching.child.stderr?.once('data', resolve))
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    expect((await watching).stdout).toBe('p\nleft\nclosed\n')
  })

  it.each([
    ['in a directory', (dir: string) => `await FileSystemStorage.open({ storageDir: '${dir}' })`],
    ['in memory', () => 'new InMemoryStorage()'],
  ])(
    'stays alive while a change may come, and ends when the storage %s closes',
    async (_, open) => {
      const watching = run(
        open(await tempDirectory()),
        `const timer = setTimeout(() => storage.close().then(() => console.log('closed')), 100)
timer.unref()
for await (const change of storage.watch()) console.log(change)
console.log('ended')`,
      )
      expect((await watching).stdout.split('\n').sort().join(' ').trim()).toBe('closed ended')
    },
  )

  it.each([
    ['breaks off', 'await watch.return()'],
    ['aborts', 'controller.abort()'],
    ['waits for nothing', ''],
  ])('ends when it %s', async (_, end) => {
    const watching = run(
      `await FileSystemStorage.open({ storageDir: '${await tempDirectory()}' })`,
      `const controller = new AbortController()
const watch = storage.watch({ signal: controller.signal })
${end === '' ? '' : 'const next = watch.next()'}
${end}
process.on('exit', () => console.log('ended'))`,
    )
    expect((await watching).stdout).toBe('ended\n')
  })
})
