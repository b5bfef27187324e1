import { rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { PortableRoot } from '../../../../src/disk/portable/root.js'
import { tempDirectory } from '../../../support/temp.js'

it('makes a directory although one above it is removed, being empty, while it is at it', async () => {
  const directory = await tempDirectory()
  const root = new PortableRoot(directory, 0o600, 0o700)
  let removals = 0
  class Removing extends Set<string> {
    override add(step: string): this {
      if (step === 'a/b' && removals < 3) {
        removals++
        for (const path of ['a/b', 'a']) rmdirSync(join(directory, path))
      }
      return super.add(step)
    }
  }
  await root.makeDirectory('a/b/c/d', new Removing())
  expect(await root.hasDirectory('a/b/c/d')).toBe(true)
  expect(removals).toBe(3)
})
