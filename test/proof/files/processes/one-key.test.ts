import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { tempDirectory } from '../../../support/temp.js'
import { openFiles } from '../../../unit/files/support.js'

const SCRIPT = fileURLToPath(new URL('one-key.mjs', import.meta.url))

it('stores one key from four processes, forty times at once each, without a conflict', async () => {
  const path = await tempDirectory()
  const children = ['a', 'b', 'c', 'd'].map((name) => {
    const child = spawn(process.execPath, [SCRIPT, path, name, '40'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() }
  })
  for (const { lines } of children) expect((await lines.next()).value).toBe('ready')
  const exits = children.map(async ({ child }) => await once(child, 'exit'))
  for (const { child } of children) child.stdin.write('go\n')
  for (const { lines } of children) expect((await lines.next()).value).toBe('["stored"]')
  await Promise.all(exits)
  // The last call of one of them.
  expect(await (await openFiles({ local_storage_path: path })).retrieve('k')).toMatch(/^[abcd] 39$/)
})
