import { spawnSync } from 'node:child_process'
import { chmod, chown, link, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import { DurableDirectory } from '../../../src/engine/durable-directory.js'
import { NEEDS_ROOT } from '../../unit/disk/mount.js'
import { isRoot } from '../../unit/disk/support.js'
import { failure } from '../faults/support.js'
import { tempDirectory } from '../../support/temp.js'
import { ALICE, asUser, BOB, passable, TEAM } from './as-user.js'

const DISKS = ['native', 'portable'] as const
const GROUP = 'fileMode: 0o660, directoryMode: 0o2770'

function needsUsers({ skip }: TestContext): void {
  skip(!isRoot || spawnSync('setpriv', ['--version']).status !== 0, `${NEEDS_ROOT}, and setpriv`)
}

/** A directory of `user` with a mode. */
async function placeOf(user: number, mode: number, group = user): Promise<string> {
  const path = join(await passable(), 'store')
  await mkdir(path)
  await chown(path, user, group)
  await chmod(path, mode)
  return path
}

/** Permission bits do not count for the process; that it is another user does. */
const CAN_WRITE = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override']

const open = (disk: string, options = ''): string =>
  `const store = await DurableDirectory.open(path, { disk: '${disk}', ${options} });`
const write = (name: string): string =>
  `await store.commit([{ kind: 'replace', path: '${name}', bytes: Buffer.from('${name}') }]);`

describe.each(DISKS)('a directory that others may write, on the %s disk', (disk) => {
  it.each([
    ['0770', 'group_writable', 'chmod g-w'],
    ['0777', 'world_writable', 'chmod o-w'],
    ['1777', 'world_writable', 'chmod o-w'],
  ])('is refused with mode %s, with the remedy', async (mode, reason, remedy) => {
    const path = await tempDirectory()
    await chmod(path, Number.parseInt(mode, 8))
    const refusal = await failure(DurableDirectory.open(path, { disk }))
    expect(refusal).toMatchObject({ code: 'FS-PERM-001', context: { reason } })
    expect(refusal.message).toContain(remedy)
    expect(await readdir(path)).toEqual([])
  })

  it('is a store when that is asked for', async () => {
    const path = await tempDirectory()
    await chmod(path, 0o770)
    await (await DurableDirectory.open(path, { disk, directoryMode: 0o770 })).close()
    await chmod(path, 0o1777)
    await (await DurableDirectory.open(path, { disk, allowWorldWritable: true })).close()
  })

  it('is refused to another user than its owner, and stays as it was', async (test) => {
    needsUsers(test)
    const path = await placeOf(ALICE, 0o755)
    const seen = await asUser(BOB, path, open(disk))
    expect(seen).toMatchObject({ ok: false, code: 'FS-PERM-001' })
    expect(await readdir(path)).toEqual([])
  })

  it('is refused by its owner alone to a user who could write it', async (test) => {
    needsUsers(test)
    const path = await placeOf(ALICE, 0o755)
    // As an access list would: the permission bits do not stop this user, and say nothing of it.
    const seen = await asUser(BOB, path, open(disk), 0o022, CAN_WRITE)
    expect(seen).toMatchObject({
      ok: false,
      code: 'FS-PERM-001',
      context: { reason: 'owner', owner_uid: ALICE, uid: BOB, path },
    })
    expect(seen.message).toContain(`belongs to user ${ALICE}, and this process runs as user ${BOB}`)
    expect(seen.message).toContain('chown -R')
    expect(await readdir(path)).toEqual([])
    // A store that is there is refused as well, and may be shared when that is asked for.
    const made = `${open(disk)} ${write('kept')} await store.close()`
    expect(await asUser(ALICE, path, made)).toEqual({ ok: true })
    const before = (await readdir(path, { recursive: true })).sort()
    const again = await asUser(BOB, path, open(disk), 0o022, CAN_WRITE)
    expect(again).toMatchObject({ ok: false, context: { reason: 'owner' } })
    expect((await readdir(path, { recursive: true })).sort()).toEqual(before)
  })

  it('is no matter of its owner where that is the superuser', async (test) => {
    needsUsers(test)
    const path = await placeOf(0, 0o755)
    const seen = await asUser(BOB, path, `${open(disk)} await store.close()`, 0o022, CAN_WRITE)
    expect(seen).toEqual({ ok: true })
  })

  it('stays the store of its owner when the superuser works in it', async (test) => {
    needsUsers(test)
    const path = await placeOf(ALICE, 0o700)
    const directory = await DurableDirectory.open(path, { disk })
    const small = Buffer.from('x')
    await directory.commit([{ kind: 'create', path: 'a/b', bytes: small }])
    await directory.checkpoint()
    for (const name of await readdir(path, { recursive: true }))
      if (!name.startsWith('.alive'))
        expect([name, (await stat(join(path, name))).uid]).toEqual([name, ALICE])
    await directory.close()
    const seen = await asUser(
      ALICE,
      path,
      `${open(disk)} ${write('a/b')} ${write('a/c')} await store.close()`,
    )
    expect(seen).toEqual({ ok: true })
  })
})

describe.each(DISKS)('a store of a group, on the %s disk', (disk) => {
  it('serves two users of one supplementary group, whatever their umasks are', async (test) => {
    needsUsers(test)
    const path = await placeOf(ALICE, 0o2770, TEAM)
    const alice = await asUser(
      ALICE,
      path,
      `${open(disk, GROUP)} ${write('a/from-alice')} ${write('both')} await store.checkpoint(); await store.close()`,
      0o077,
    )
    expect(alice).toEqual({ ok: true })
    const bob = await asUser(
      BOB,
      path,
      `${open(disk, GROUP)} ${write('a/from-bob')} ${write('b/new')} ${write('both')}
       return { alice: String(Buffer.from(await store.read('a/from-alice'))),
         close: await store.close() }`,
      0o022,
    )
    expect(bob).toMatchObject({ ok: true, value: { alice: 'a/from-alice' } })
    const again = await asUser(
      ALICE,
      path,
      `${open(disk, GROUP)} ${write('b/new')} const read = String(Buffer.from(await store.read('a/from-bob'))); await store.close(); return read`,
      0o077,
    )
    expect(again).toEqual({ ok: true, value: 'a/from-bob' })
    for (const name of await readdir(path, { recursive: true })) {
      const { gid, mode } = await stat(join(path, name))
      const wanted = (mode & 0o170000) === 0o040000 ? 0o2770 : 0o660
      expect([name, gid, (mode & 0o7777).toString(8)]).toEqual([name, TEAM, wanted.toString(8)])
    }
  })

  it('is taken over by one user from another whose process was killed', async (test) => {
    needsUsers(test)
    const path = await placeOf(ALICE, 0o2770, TEAM)
    const killed = asUser(
      ALICE,
      path,
      `${open(disk, GROUP)} ${write('kept')} process.kill(process.pid, 'SIGKILL')`,
      0o077,
    )
    await expect(killed).rejects.toMatchObject({ signal: 'SIGKILL' })
    const bob = await asUser(
      BOB,
      path,
      `${open(disk, GROUP)} const read = String(Buffer.from(await store.read('kept'))); await store.close(); return read`,
    )
    expect(bob).toEqual({ ok: true, value: 'kept' })
  })
})

describe.each(DISKS)('a second name of a file that is written in place, on the %s disk', (disk) => {
  it.each(['.shared', '.lock', '.presence', '.checkpoint'])(
    'is refused at %s, and nothing is written',
    async (name) => {
      const path = await tempDirectory()
      await (await DurableDirectory.open(path, { disk })).close()
      const outside = `${await tempDirectory()}/outside`
      await writeFile(outside, 'theirs')
      await rm(join(path, name))
      await link(outside, join(path, name))
      const refusal = await failure(DurableDirectory.open(path, { disk }))
      expect(refusal).toMatchObject({
        code: 'FS-PERM-001',
        context: { reason: 'hard_link', path: name },
      })
      expect(await readFile(outside, 'utf8')).toBe('theirs')
    },
  )

  it('is never written at a spare segment', async () => {
    const path = await tempDirectory()
    await (await DurableDirectory.open(path, { disk })).close()
    const outside = `${await tempDirectory()}/outside`
    await writeFile(outside, Buffer.alloc(8 << 20, 'theirs'))
    const before = await readFile(outside)
    await link(outside, join(path, '.journal/spare-0123456789abcdef.log'))
    await using directory = await DurableDirectory.open(path, { disk, segmentBytes: 64 * 1024 })
    for (let at = 0; at < 20; at++)
      await directory.commit([{ kind: 'replace', path: 'f', bytes: Buffer.alloc(7000, at) }])
    expect((await readFile(outside)).equals(before)).toBe(true)
  })

  it('does no harm at the file of the owner, which is replaced', async () => {
    const path = await tempDirectory()
    await (await DurableDirectory.open(path, { disk })).close()
    const outside = `${await tempDirectory()}/outside`
    await writeFile(outside, 'theirs')
    await link(outside, join(path, '.owner'))
    await (await DurableDirectory.open(path, { disk })).close()
    expect(await readFile(outside, 'utf8')).toBe('theirs')
  })

  it('is allowed for what is stored: a backup may be made of hard links', async () => {
    const path = await tempDirectory()
    await using directory = await DurableDirectory.open(path, { disk })
    await directory.commit([{ kind: 'create', path: 'f', bytes: Buffer.from('old') }])
    const backup = join(await tempDirectory(), 'f')
    await link(join(path, 'f'), backup)
    await directory.commit([{ kind: 'replace', path: 'f', bytes: Buffer.from('new') }])
    expect(await readFile(backup, 'utf8')).toBe('old')
    expect(await readFile(join(path, 'f'), 'utf8')).toBe('new')
  })

  it('does not keep a store shut that a rename by link and unlink has left with two names', async () => {
    const path = await tempDirectory()
    const first = await DurableDirectory.open(path, { disk })
    await first.commit([{ kind: 'create', path: 'f', bytes: Buffer.from('x') }])
    const [segment = ''] = (await readdir(join(path, '.journal'))).filter((name) =>
      /^\d/.test(name),
    )
    await link(join(path, '.journal', segment), join(path, '.journal/spare-0123456789abcdef.log'))
    await first.close()
    await using again = await DurableDirectory.open(path, { disk })
    expect(await again.read('f')).toEqual(new Uint8Array([120]))
  })
})

describe.each(DISKS)('a file of another user that is written in place, on the %s disk', (disk) => {
  it.each(['.shared', '.lock'])('is refused at %s', async (name) => {
    if (!isRoot) return
    const path = await tempDirectory()
    await (await DurableDirectory.open(path, { disk })).close()
    await chown(join(path, name), BOB, BOB)
    expect(await failure(DurableDirectory.open(path, { disk }))).toMatchObject({
      code: 'FS-PERM-001',
      context: { reason: 'file_owner', path: name },
    })
  })
})

describe.each(DISKS)('a directory of other files, on the %s disk', (disk) => {
  it('does not become a store by a typing error, and stays as it was', async () => {
    const path = await tempDirectory()
    await writeFile(join(path, 'thesis.txt'), 'theirs')
    expect(await failure(DurableDirectory.open(path, { disk }))).toMatchObject({
      code: 'FS-FORMAT-001',
      context: { reason: 'not_empty', entry: 'thesis.txt' },
    })
    expect(await readdir(path)).toEqual(['thesis.txt'])
  })

  it('becomes one when that is asked for, and opens then as any other', async () => {
    const path = await tempDirectory()
    await writeFile(join(path, 'thesis.txt'), 'theirs')
    await (await DurableDirectory.open(path, { disk, adopt: true })).close()
    await (await DurableDirectory.open(path, { disk })).close()
    expect(await readFile(join(path, 'thesis.txt'), 'utf8')).toBe('theirs')
  })

  it('is none where only a mount point or version control has left something', async () => {
    const path = await tempDirectory()
    await mkdir(join(path, 'lost+found'))
    await mkdir(join(path, '.git'))
    await (await DurableDirectory.open(path, { disk })).close()
  })
})

it('names each directory that may not be read, in verify, and reads the others', async (test) => {
  needsUsers(test)
  const path = await placeOf(ALICE, 0o755)
  const answer = await asUser(
    ALICE,
    path,
    `const long = 'long-'.repeat(45)
    const version = (id) => ({ version: '1.0.0', prompt_id: id, created_at: '2026-01-01T00:00:00.000Z', parent_version: null, metadata: {}, prompt: { id, workflow_id: 'w', node_id: 'n', node_type: 'llm', text: 't', role: 'system', variables: [], context: {} }, analysis: null, optimization_result: null })
    const kinds = []
    for (const enableSharding of [false, true]) {
      const storageDir = path + '/' + enableSharding
      const store = await FileSystemStorage.open({ storageDir, minFreeMb: 0, enableTrash: true, enableSharding })
      for (const id of ['p', 'q', 'r', long]) await store.saveVersion(version(id))
      await store.deleteVersion('r', '1.0.0')
      const shut = enableSharding ? store.pathOf('p', '1.0.0').slice(0, -'/p/1.0.0.json'.length) : storageDir + '/p'
      const modes = new Map([[shut, 0], [storageDir + '/.trash/r', 0], [store.pathOf(long, '1.0.0').slice(0, -'/1.0.0.json'.length), 0o444]])
      for (const [directory, mode] of modes) fs.chmodSync(directory, mode)
      const { findings, checked } = await store.verify()
      kinds.push(checked, ...new Set(findings.map(({ kind }) => kind)), findings.length)
      for (const directory of modes.keys()) fs.chmodSync(directory, 0o755)
      await store.close()
    }
    return kinds`,
  )
  expect(answer).toEqual({ ok: true, value: [1, 'unreadable', 3, 1, 'unreadable', 3] })
})
