import { cp, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { faultsOf } from '../../../native/build/cross/inspect.mjs'
import { TARGETS, type Target } from '../../../native/build/cross/targets.mjs'
import { hashOfSources, readManifest } from '../../../native/build/manifest.mjs'
import { tempDirectory } from '../../support/temp.js'

const ROOT = join(import.meta.dirname, '../../..')

/** As addon.cjs names them, literally. */
const FILES = [
  'prebuilds/darwin-arm64/holdfast.node',
  'prebuilds/darwin-x64/holdfast.node',
  'prebuilds/linux-arm64/holdfast.glibc.node',
  'prebuilds/linux-arm64/holdfast.musl.node',
  'prebuilds/linux-x64/holdfast.glibc.node',
  'prebuilds/linux-x64/holdfast.musl.node',
  'prebuilds/win32-arm64/holdfast.node',
  'prebuilds/win32-x64/holdfast.node',
]

describe('the shipped binaries', () => {
  it('are one for each platform, from these sources and by the pinned compiler', async () => {
    const manifest = readManifest()
    const lock = await readFile(join(ROOT, 'native/build/cross/package-lock.json'), 'utf8')
    expect(Object.keys(manifest?.files ?? {})).toEqual(FILES)
    expect(manifest?.sources).toBe(hashOfSources())
    expect(lock).toContain(manifest?.compiler['integrity'])
  })

  it.each(TARGETS.map((target) => [target.name, target] as const))(
    'load wherever their name says: %s',
    async (_, target) => {
      expect(faultsOf(target, await bytesOf(target))).toEqual([])
    },
  )

  it.each(TARGETS.map((target) => [target.name, target] as const))(
    'hold no path of the machine that built them: %s',
    async (_, target) => {
      const text = (await bytesOf(target)).toString('latin1')
      expect(text.match(/(?:\/tmp|\/home|\/root|\/work|node_modules)\/[\w/.-]*/)).toBeNull()
    },
  )
})

describe('the check of a binary', () => {
  it.each([
    ['linux-x64-glibc', 'GLIBC_2.17', 'GLIBC_2.29', 'needs GLIBC_2.29'],
    ['linux-arm64-glibc', 'libpthread.so.0', 'libqthread.so.0', 'needs libqthread.so.0'],
    ['linux-x64-glibc', 'napi_create_double', 'kapi_create_double', 'needs kapi_create_double'],
    ['linux-x64-musl', 'libc.so', 'libd.so', 'needs libd.so'],
    [
      'linux-arm64-musl',
      'napi_register_module_v1',
      'napi_register_module_v0',
      'gives napi_register_module_v0',
    ],
    ['darwin-arm64', '_napi_create_double', '___cpu_model_double', 'needs __cpu_model_double'],
    [
      'darwin-x64',
      '/usr/lib/libSystem.B.dylib',
      '/opt/lib/libSystem.B.dylib',
      'needs /opt/lib/libSystem.B.dylib',
    ],
    ['win32-x64', 'KERNEL32.dll', 'node0000.exe', 'needs node0000.exe'],
    [
      'win32-arm64',
      'node_api_module_get_api_version_v1',
      'node_api_module_get_api_version_v0',
      'lacks node_api_module_get_api_version_v1',
    ],
  ])('sees in %s that %s has become %s', async (name, from, to, fault) => {
    const target = TARGETS.find((each) => each.name === name) as Target
    const text = (await bytesOf(target)).toString('latin1')
    expect(text).toContain(`${from}\0`)
    const altered = Buffer.from(text.replaceAll(`${from}\0`, `${to}\0`), 'latin1')
    expect(faultsOf(target, altered)).toContain(fault)
  })
})

describe('the hash of the sources', () => {
  it('is the same where text is checked out with other line ends', async () => {
    const copy = await copyOfSources()
    for (const file of await readdir(join(copy, 'native'), { recursive: true })) {
      if (!/\.(cc|h|map|mjs|json)$/.test(file)) continue
      const path = join(copy, 'native', file)
      await writeFile(path, (await readFile(path, 'utf8')).replaceAll('\n', '\r\n'))
    }
    expect(hashOfSources(copy)).toBe(hashOfSources())
  })

  it.each([
    'native/core/lock.cc',
    'native/build/cross/targets.mjs',
    'native/build/cross/package-lock.json',
  ])('is another when %s has changed', async (file) => {
    const copy = await copyOfSources()
    await writeFile(join(copy, file), `${await readFile(join(copy, file), 'utf8')} `)
    expect(hashOfSources(copy)).not.toBe(hashOfSources())
  })
})

async function copyOfSources(): Promise<string> {
  const copy = await tempDirectory()
  await cp(join(ROOT, 'binding.gyp'), join(copy, 'binding.gyp'))
  await cp(join(ROOT, 'native'), join(copy, 'native'), {
    recursive: true,
    // The compiler is large.
    filter: (from) => !from.slice(ROOT.length).includes('node_modules'),
  })
  return copy
}

async function bytesOf({ file }: Target): Promise<Buffer> {
  return await readFile(join(ROOT, file))
}
