import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { VERSION } from '../../../src/base/version.js'

it('the version in the code is the one of the package', async () => {
  const manifest = await readFile(join(import.meta.dirname, '../../../package.json'), 'utf8')
  expect((JSON.parse(manifest) as { readonly version: string }).version).toBe(VERSION)
})
