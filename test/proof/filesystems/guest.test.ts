import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { text } from 'node:stream/consumers'
import { beforeAll, expect, it, type TestContext } from 'vitest'
import { tempDirectory } from '../../support/temp.js'
import { PORTABLE, WHOLE, type Life } from './lives.js'

/** What boots and mounts quickly; `HOLDFAST_FILESYSTEMS=all` tries the others as well. */
const SHORT = ['hostfs', 'vfat', 'nfs']
const NAMES = process.env['HOLDFAST_FILESYSTEMS'] === 'all' ? [] : SHORT
const RUNNER = fileURLToPath(new URL('guest-lives.mjs', import.meta.url))
/** One machine boots and tries everything, one after the other, on its one processor. */
const ALL_MAX_MS = 400_000

interface GuestLife extends Life {
  readonly name: string
  readonly number: number
  /** The step that failed before a store could be tried. */
  readonly unprepared?: string
  readonly broken?: string
}

let lives: readonly GuestLife[] = []
let lacking = ''

beforeAll(async () => {
  const place = await tempDirectory()
  const child = spawn(process.execPath, [RUNNER, place, ...NAMES], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  lacking = output.trim()
  if (lacking !== '') return console.error(`guest: not run, ${lacking}`)
  const lines = (await readFile(join(place, 'lives'), 'utf8')).trim().split('\n')
  lives = lines.map((line) => JSON.parse(line) as GuestLife)
}, ALL_MAX_MS)

/** How the store fared on `name` in its so-manieth try of guest-cases.mjs. */
function lifeOn({ skip }: TestContext, name: string, number = 0): GuestLife {
  skip(lacking !== '', lacking)
  const life = lives.find((each) => each.name === name && each.number === number)
  const left = NAMES.length > 0 && !NAMES.includes(name)
  skip(left, 'tried with HOLDFAST_FILESYSTEMS=all')
  skip(life === undefined, `the programs for ${name} are not here`)
  expect(life?.unprepared).toBeUndefined()
  expect(life?.broken).toBeUndefined()
  return life as GuestLife
}

const NETWORK = { unnamedFiles: false, multiProcess: false, network: true }
const BY_LINK = { ...NETWORK, publish: 'link', caseSensitive: true }
const REMOTE = {
  hostfs: { ...NETWORK, publish: 'renameNoReplace', caseSensitive: true },
  nfs: BY_LINK,
  nfs3: BY_LINK,
  smb: { ...NETWORK, publish: 'renameNoReplace', kernelLocks: false, caseSensitive: false },
}

for (const [name, finds] of Object.entries(REMOTE)) {
  it(`${name} is refused, with the reason`, (test) => {
    expect(lifeOn(test, name).refused).toMatchObject({
      code: 'FS-FORMAT-001',
      context: { reason: 'network_file_system', file_system: REMOTE_NAMES[name] ?? name },
    })
  })

  it(`${name} carries the store of one process, when that is asked for`, (test) => {
    expectGood(lifeOn(test, name, 1), finds)
  })
}

it('nfs is refused by the portable disk as well, and carries its store when that is asked for', (test) => {
  expect(lifeOn(test, 'nfs', 2).refused?.context['reason']).toBe('network_file_system')
  expectGood(lifeOn(test, 'nfs', 3), { ...PORTABLE, network: true })
})

for (const name of ['vfat', 'vfat-utf8']) {
  it(`${name} folds case, so names are escaped, and a store lives on it`, (test) => {
    expectGood(lifeOn(test, name), {
      fileSystem: 'vfat',
      kernelLocks: true,
      multiProcess: true,
      unnamedFiles: false,
      publish: 'renameNoReplace',
      caseSensitive: false,
      network: false,
    })
  })
}

it('vfat is refused by the portable disk, which needs hard links', (test) => {
  const { refused } = lifeOn(test, 'vfat', 1)
  expect(refused).toMatchObject({ code: 'FS-FORMAT-001', context: { error: 'ENOTSUP' } })
  expect(refused?.message).toContain('no hard links')
})

it('f2fs lacks nothing, for both disks', (test) => {
  expectGood(lifeOn(test, 'f2fs'), { ...WHOLE, fileSystem: 'f2fs', warnings: [] })
  expectGood(lifeOn(test, 'f2fs', 1), { ...PORTABLE, fileSystem: 'f2fs' })
})

const REMOTE_NAMES: Readonly<Record<string, string>> = { nfs3: 'nfs', smb: 'smb2' }

function expectGood(life: Life, finds: object): void {
  expect(life.refused).toBeUndefined()
  expect(life.capabilities).toMatchObject(finds)
  expect(life.encoding).toBe(life.capabilities?.caseSensitive === true ? 'plain' : 'folded')
  expect(life.problems).toEqual([])
  expect(life.versions).toBeGreaterThan(30)
}
