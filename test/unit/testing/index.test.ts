import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { tempDirectory } from '../../support/temp.js'

const ROOT = join(import.meta.dirname, '../../..')

it('gives a suite to the test runner of Node, which counts its tests', async () => {
  const program = join(await tempDirectory(), 'suite.mjs')
  const url = (path: string): string => JSON.stringify(new URL(path, `file://${ROOT}/`).href)
  await writeFile(
    program,
    `import { describe, it } from 'node:test'
    import { promptRegistryConformance, versionStorageConformance } from ${url('dist/testing/index.js')}
    import { InMemoryStorage } from ${url('dist/index.js')}
    const subject = {
      name: 'memory',
      persistent: false,
      makePlace: async () => ({ open: async () => new InMemoryStorage() }),
    }
    versionStorageConformance(subject, { describe, it })
    promptRegistryConformance(subject, { describe, it })`,
  )
  const { stdout } = await promisify(execFile)(process.execPath, ['--test-reporter=tap', program])
  expect(stdout).toMatch(/^# fail 0$/m)
  const [, passed] = /^# pass (\d+)$/m.exec(stdout) ?? []
  expect(Number(passed)).toBeGreaterThan(90)
})
