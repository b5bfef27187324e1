import { spawnSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openStore } from '../faults/support.js'
import { tempDirectory } from '../../support/temp.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'

const COPIES: Readonly<Record<string, readonly string[]>> = {
  'cp -a': ['cp', '-a'],
  'rsync -a': ['rsync', '-a'],
}

describe.skipIf(process.platform !== 'linux')('the sign of life of a living process', () => {
  for (const [tool, [command = '', ...given]] of Object.entries(COPIES)) {
    for (const disk of ['native', 'portable'] as const) {
      it(`copied with its store by ${tool} passes for no process on the ${disk} disk, and is removed`, async ({
        skip,
      }) => {
        skip(spawnSync(command, ['--version']).status !== 0, `needs ${command}`)
        const storageDir = await tempDirectory()
        const living = await openStore(storageDir)
        await living.saveVersion(sampleVersion('p', '1.0.0'))
        const copy = await tempDirectory()
        expect(spawnSync(command, [...given, `${storageDir}/.`, copy]).status).toBe(0)
        const copied = await readdir(join(copy, '.alive'))
        expect(copied).toHaveLength(1)
        const opened = await openStore(copy, { disk })
        expect(await opened.listVersionNames('p')).toEqual(['1.0.0'])
        expect(await readdir(join(copy, '.alive'))).not.toContain(copied[0])
        await opened.close()
        expect(await readdir(copy)).not.toContain('.alive')
        // Nor has the original lost its own.
        expect(await readdir(join(storageDir, '.alive'))).toEqual(copied)
      })
    }
  }
})
