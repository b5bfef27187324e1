import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { chooseDisk } from '../../../src/disk/choose-disk.js'
import { nativeInfo } from '../../../src/disk/native/load-binding.js'
import { DurableDirectory } from '../../../src/engine/durable-directory.js'
import { FileStorage } from '../../../src/files/file-storage.js'
import { copyWithoutBinaries } from '../../support/copy-package.js'
import { tempDirectory } from '../../support/temp.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const missing = join(root, 'missing.node')

afterEach(() => void vi.unstubAllEnvs())

describe('chooseDisk', () => {
  it('takes the native disk where its addon loads, and the portable one when asked', () => {
    expect(chooseDisk('auto').kind).toBe('native')
    expect(chooseDisk('native').kind).toBe('native')
    expect(chooseDisk('portable').kind).toBe('portable')
  })

  it.each([
    ['off', 'portable', 'native', 'portable'],
    ['require', 'native', 'native', 'portable'],
    ['', 'native', 'native', 'portable'],
  ])('does as HOLDFAST_NATIVE=%s says, but for who names a disk', (value, ...kinds) => {
    vi.stubEnv('HOLDFAST_NATIVE', value)
    const chosen = (['auto', 'native', 'portable'] as const).map((choice) => chooseDisk(choice))
    expect(chosen.map(({ kind }) => kind)).toEqual(kinds)
  })

  it('refuses a value of HOLDFAST_NATIVE that means nothing', () => {
    vi.stubEnv('HOLDFAST_NATIVE', 'on')
    expect(() => chooseDisk('auto')).toThrow(
      'HOLDFAST_NATIVE must be off, require or an absolute path, got on',
    )
  })
})

describe('the option nativeBinding', () => {
  const path = nativeInfo().path ?? ''

  it.each([
    ['a path', path],
    ['the module', createRequire(path)(path) as object],
  ])('takes %s of an addon', async (_, nativeBinding) => {
    const directory = await DurableDirectory.open(await tempDirectory(), { nativeBinding })
    expect(directory.health().disk).toBe('native')
    await directory.close()
    const config = { local_storage_path: await tempDirectory(), native_binding: nativeBinding }
    const files = await FileStorage.open(config)
    expect((await files.getHealthStatus()).status).toBe('healthy')
    await files.close()
    expect(nativeInfo(nativeBinding)).toMatchObject({ available: true })
  })

  it('never falls back from an addon that was named', async () => {
    for (const [nativeBinding, reason] of [
      [missing, missing],
      [{}, 'It is not an addon of this package, but an object'],
    ] as const) {
      const opened = DurableDirectory.open(await tempDirectory(), { nativeBinding })
      await expect(opened).rejects.toMatchObject({
        code: 'FS-IO-001',
        context: { disk: 'auto', reason: expect.stringContaining(reason) },
      })
    }
  })

  it('refuses what names no addon, and a disk that loads none', async () => {
    const directory = await tempDirectory()
    for (const nativeBinding of ['', 'addon.node', 7 as unknown as string])
      await expect(DurableDirectory.open(directory, { nativeBinding })).rejects.toThrow(
        'Option "nativeBinding" must be an absolute path, or the addon\'s module, got',
      )
    await expect(
      DurableDirectory.open(directory, { nativeBinding: path, disk: 'portable' }),
    ).rejects.toThrow('loads no addon: leave out "nativeBinding"')
    await expect(
      FileStorage.open({ local_storage_path: directory, native_binding: 'addon.node' }),
    ).rejects.toThrow('Option "native_binding" must be an absolute path')
    await expect(
      FileStorage.open({ local_storage_path: directory, native_binding: path, disk: 'portable' }),
    ).rejects.toThrow('loads no addon: leave out "native_binding"')
  })
})

describe('a package without an addon for this system', () => {
  let copy = ''
  beforeAll(async () => {
    copy = await copyWithoutBinaries()
  })

  const copied = (name: string): string => pathToFileURL(join(copy, name)).href

  function run(program: string, env: Readonly<Record<string, string>> = {}) {
    const script = `
      const { DurableDirectory, chooseDisk } = await import(${JSON.stringify(copied('dist/index.js'))})
      const { FileStorage } = await import(${JSON.stringify(copied('dist/files/index.js'))})
      ${program}`
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', ...env },
    })
    return {
      stdout: stdout.trim(),
      warnings: stderr.match(/HOLDFAST_PORTABLE/g)?.length ?? 0,
      stderr,
    }
  }

  it('falls back to the portable disk with one warning of the process, and tells why', async () => {
    const directory = JSON.stringify(await tempDirectory())
    const { stdout, stderr, warnings } = run(`
      import { Worker } from 'node:worker_threads'
      const directory = await DurableDirectory.open(${directory} + '/a')
      const files = await FileStorage.open({ local_storage_path: ${directory} + '/b' })
      const { disk, capabilities } = directory.health()
      const { status, reasons } = await files.getHealthStatus()
      console.log(JSON.stringify({ disk, ...capabilities, status, reasons }))
      await directory.close()
      await files.close()
      const href = ${JSON.stringify(copied('dist/index.js'))}
      new Worker('import(' + JSON.stringify(href) + ").then(({ chooseDisk }) => chooseDisk('auto'))", { eval: true })`)
    const reason = expect.stringContaining(`No file ${join(copy, 'prebuilds')}`)
    const told = JSON.parse(stdout) as { readonly warnings: readonly string[] }
    expect(told).toMatchObject({
      disk: 'portable',
      fallback: reason,
      status: 'degraded',
      reasons: [{ status: 'degraded', code: 'portable-disk', message: reason }],
    })
    expect(told.warnings[0]).toEqual(reason)
    expect(stderr).toContain(`[HOLDFAST_PORTABLE] HoldfastWarning: The addon does not load`)
    expect(stderr).toContain(`No file ${join(copy, 'prebuilds')}`)
    expect(warnings).toBe(1)
  })

  it.each([
    ["chooseDisk('portable')", {}],
    ["chooseDisk('auto')", { HOLDFAST_NATIVE: 'off' }],
  ])('takes the portable disk without a word where that was asked for: %s %j', (program, env) => {
    const asked = run(`console.log(${program}.kind)`, env)
    expect(asked).toEqual({ stdout: 'portable', warnings: 0, stderr: '' })
  })

  it.each([
    ["chooseDisk('native')", {}],
    ["chooseDisk('auto')", { HOLDFAST_NATIVE: 'require' }],
    ["chooseDisk('auto')", { HOLDFAST_NATIVE: missing }],
  ])('refuses where the native disk was asked for: %s %j', (program, env) => {
    const refused = run(
      `
      try { ${program} } catch (error) { console.log(error.name, error.code, error.message) }`,
      env,
    )
    expect(refused.warnings).toBe(0)
    expect(refused.stdout).toMatch(/^StorageError FS-IO-001 The native disk was asked for/)
    expect(refused.stdout).toMatch(/: (No file|Cannot find module)/)
  })
})
