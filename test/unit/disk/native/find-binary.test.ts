import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { tempDirectory } from '../../../support/temp.js'

const COMPILED = new URL('../../../../dist/disk/native/find-binary.js', import.meta.url)

/** Where a checkout whose compiled file is in `folder` finds its binary. */
async function foundFrom(root: string, folder: string): Promise<string> {
  const file = join(root, folder, 'find-binary.js')
  await mkdir(join(root, folder), { recursive: true })
  await copyFile(COMPILED, file)
  const { findBinary } = (await import(pathToFileURL(file).href)) as { findBinary: () => string }
  return findBinary()
}

it.each(['dist/disk/native', 'dist/bundled'])(
  "a developer's build goes first, seen from %s",
  async (folder) => {
    const root = await tempDirectory()
    const built = join(root, 'build/Release/holdfast.node')
    await mkdir(join(root, 'build/Release'), { recursive: true })
    await writeFile(built, '')
    await writeFile(join(root, 'package.json'), '{ "type": "module" }')
    await writeFile(join(root, 'binding.gyp'), '{}')
    expect(await foundFrom(root, folder)).toBe(built)
  },
)
