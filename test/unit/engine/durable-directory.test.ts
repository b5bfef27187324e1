import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DurableDirectory } from '../../../src/engine/durable-directory.js'
import { tempDirectory } from '../../support/temp.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (content: Uint8Array | undefined): string | undefined =>
  content && Buffer.from(content).toString()

describe('DurableDirectory', () => {
  it('keeps what a commit creates, replaces and removes, as plain files', async () => {
    const path = await tempDirectory()
    await using directory = await DurableDirectory.open(path)
    await directory.commit([{ kind: 'create', path: 'a/one.txt', bytes: bytes('1') }])
    await directory.commit([
      { kind: 'replace', path: 'a/one.txt', bytes: bytes('2') },
      { kind: 'create', path: 'b.txt', bytes: bytes('b') },
    ])
    expect(await readFile(join(path, 'a/one.txt'), 'utf8')).toBe('2')
    await directory.commit([{ kind: 'remove', path: 'a/one.txt' }])
    expect(await directory.read('a/one.txt')).toBeUndefined()
    expect(text(await directory.read('b.txt'))).toBe('b')
    expect((await readdir(path)).filter((name) => !name.startsWith('.'))).toEqual(['b.txt'])
  })

  it('commits all operations of a transaction or none', async () => {
    await using directory = await DurableDirectory.open(await tempDirectory())
    await directory.commit([{ kind: 'create', path: 'taken', bytes: bytes('old') }])
    await expect(
      directory.commit([
        { kind: 'create', path: 'fresh', bytes: bytes('new') },
        { kind: 'create', path: 'taken', bytes: bytes('new') },
      ]),
    ).rejects.toMatchObject({ code: 'FS-CONFLICT-001', context: { path: 'taken' } })
    await expect(
      directory.commit([
        { kind: 'replace', path: 'taken', bytes: bytes('new') },
        { kind: 'remove', path: 'absent' },
      ]),
    ).rejects.toMatchObject({ code: 'FS-CONFLICT-001', context: { path: 'absent' } })
    expect(await directory.read('fresh')).toBeUndefined()
    expect(text(await directory.read('taken'))).toBe('old')
  })

  it('lets a conflict fail alone, not the transactions beside it in the batch', async () => {
    await using directory = await DurableDirectory.open(await tempDirectory())
    await directory.commit([{ kind: 'create', path: '7', bytes: bytes('first') }])
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, async (_, at) => {
        await directory.commit([{ kind: 'create', path: String(at), bytes: bytes('second') }])
      }),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(
      Array.from({ length: 20 }, (_, at) => (at === 7 ? 'rejected' : 'fulfilled')),
    )
    expect(text(await directory.read('7'))).toBe('first')
  })

  it('takes effect in the order of calls on the same path, without awaiting', async () => {
    await using directory = await DurableDirectory.open(await tempDirectory())
    const calls: Promise<void>[] = []
    for (let turn = 0; turn < 50; turn++) {
      calls.push(directory.commit([{ kind: 'create', path: 'same', bytes: bytes(String(turn)) }]))
      calls.push(directory.commit([{ kind: 'remove', path: 'same' }]))
    }
    calls.push(directory.commit([{ kind: 'create', path: 'same', bytes: bytes('last') }]))
    await Promise.all(calls)
    expect(text(await directory.read('same'))).toBe('last')
  })

  it('flushes large contents beside the journal, and they are whole after reopening', async () => {
    const path = await tempDirectory()
    const large = randomBytes(3 * 1024 * 1024)
    {
      await using directory = await DurableDirectory.open(path)
      await directory.commit([
        { kind: 'create', path: 'large', bytes: large },
        { kind: 'create', path: 'small', bytes: bytes('s') },
      ])
      await expect(
        directory.commit([{ kind: 'create', path: 'large', bytes: large }]),
      ).rejects.toMatchObject({
        code: 'FS-CONFLICT-001',
      })
      expect(directory.health().journaledBytes).toBeLessThan(64 * 1024)
    }
    await using again = await DurableDirectory.open(path)
    expect(Buffer.compare((await again.read('large')) ?? bytes(''), large)).toBe(0)
    expect(await readdir(join(path, '.tmp'))).toEqual([])
  })

  it('goes on through many segments and checkpoints, and finds all of it again', async () => {
    const path = await tempDirectory()
    const options = { segmentBytes: 64 * 1024, journalBytes: 128 * 1024, checkpointIdleMs: 5 }
    {
      await using directory = await DurableDirectory.open(path, options)
      for (let at = 0; at < 300; at++) {
        await directory.commit([
          { kind: 'create', path: `d${at % 7}/${at}`, bytes: bytes(`content ${at}`) },
        ])
      }
      expect(directory.health()).toMatchObject({ state: 'ok', backgroundErrors: 0 })
    }
    await using again = await DurableDirectory.open(path, options)
    for (let at = 0; at < 300; at++)
      expect(text(await again.read(`d${at % 7}/${at}`))).toBe(`content ${at}`)
  })

  it('recovers what was committed when the process is killed before any checkpoint', async () => {
    const path = await tempDirectory()
    await runAndKill(path)
    await using directory = await DurableDirectory.open(path)
    expect(text(await directory.read('x/kept'))).toBe('kept')
    expect(await directory.read('x/removed')).toBeUndefined()
    await directory.commit([{ kind: 'create', path: 'x/next', bytes: bytes('next') }])
    expect(text(await directory.read('x/next'))).toBe('next')
  })

  it('rewrites plain files that a power cut has emptied, from the journal', async () => {
    const path = await tempDirectory()
    await runAndKill(path)
    // What a file system may show after loss of power: the name is there, the content is not.
    await writeFile(join(path, 'x/kept'), '')
    await using directory = await DurableDirectory.open(path)
    expect(text(await directory.read('x/kept'))).toBe('kept')
  })

  it('sees what another instance commits at its next call', async () => {
    const path = await tempDirectory()
    await using one = await DurableDirectory.open(path)
    await using other = await DurableDirectory.open(path)
    const seen: string[] = []
    other.onChange({
      changed: (changes) => seen.push(...changes.map((change) => `${change.kind} ${change.path}`)),
      reset: () => seen.push('reset'),
    })
    for (let at = 0; at < 30; at++) {
      await one.commit([{ kind: 'create', path: `f${at}`, bytes: bytes('x') }])
      expect(other.isCurrent).toBe(false)
      await other.refresh()
      expect(other.isCurrent).toBe(true)
      await other.commit([{ kind: 'remove', path: `f${at}` }])
    }
    expect(seen).toEqual(
      Array.from({ length: 30 }, (_, at) => [`create f${at}`, `remove f${at}`]).flat(),
    )
  })

  it('returns the tags of its own operations with their changes, and only of its own', async () => {
    const path = await tempDirectory()
    await using one = await DurableDirectory.open(path)
    await using other = await DurableDirectory.open(path)
    const seen: Record<'one' | 'other', unknown[]> = { one: [], other: [] }
    for (const [name, directory] of Object.entries({ one, other }) as ['one', typeof one][])
      directory.onChange({
        changed: (changes) =>
          seen[name].push(...changes.map((change) => [change.path, change.tag])),
        reset: () => seen[name].push('reset'),
      })
    const tag = { of: 'one' }
    await one.commit([
      { kind: 'create', path: 'a', bytes: bytes('x'), tag },
      { kind: 'create', path: 'b', bytes: bytes('x') },
    ])
    await other.refresh()
    expect(seen).toEqual({
      one: [
        ['a', tag],
        ['b', undefined],
      ],
      other: [
        ['a', undefined],
        ['b', undefined],
      ],
    })
  })

  it('starts over when the journal has moved on past what an idle instance knew', async () => {
    const path = await tempDirectory()
    const options = { segmentBytes: 64 * 1024, journalBytes: 64 * 1024 }
    await using busy = await DurableDirectory.open(path, options)
    await using idle = await DurableDirectory.open(path, options)
    let resets = 0
    idle.onChange({ changed: () => undefined, reset: () => (resets += 1) })
    for (let at = 0; at < 120; at++) {
      await busy.commit([{ kind: 'create', path: `f${at}`, bytes: bytes('x') }])
      if (at % 40 === 39) await busy.checkpoint()
    }
    await idle.refresh()
    expect(resets).toBeGreaterThan(0)
    expect(idle.isCurrent).toBe(true)
    await idle.commit([{ kind: 'create', path: 'after', bytes: bytes('a') }])
    await busy.refresh()
    expect(busy.isCurrent).toBe(true)
  })

  it('rejects what comes after close, finishes what came before, and closes twice without harm', async () => {
    const directory = await DurableDirectory.open(await tempDirectory())
    const pending = directory.commit([{ kind: 'create', path: 'a', bytes: bytes('a') }])
    const closing = directory.close()
    await pending
    await closing
    await directory.close()
    await expect(
      directory.commit([{ kind: 'create', path: 'b', bytes: bytes('b') }]),
    ).rejects.toMatchObject({
      code: 'FS-CLOSED-001',
    })
    await expect(directory.read('a')).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
  })

  for (const durability of ['commit', 'interval', 'none'] as const) {
    it(`keeps everything over a clean close at durability '${durability}'`, async () => {
      const path = await tempDirectory()
      {
        await using directory = await DurableDirectory.open(path, {
          durability,
          flushIntervalMs: 10,
        })
        await Promise.all(
          Array.from({ length: 40 }, async (_, at) => {
            await directory.commit([{ kind: 'create', path: `f${at}`, bytes: bytes(String(at)) }])
          }),
        )
      }
      await using again = await DurableDirectory.open(path)
      for (let at = 0; at < 40; at++) expect(text(await again.read(`f${at}`))).toBe(String(at))
    })
  }
})

/** A process that commits, says so, and is killed without a chance to close. */
async function runAndKill(path: string): Promise<void> {
  const program = `
    import { DurableDirectory } from 'holdfast'
    const directory = await DurableDirectory.open(${JSON.stringify(path)}, { checkpointIdleMs: 3600000 })
    await directory.commit([{ kind: 'create', path: 'x/kept', bytes: Buffer.from('kept') }])
    await directory.commit([{ kind: 'create', path: 'x/removed', bytes: Buffer.from('removed') }])
    await directory.commit([{ kind: 'remove', path: 'x/removed' }])
    console.log('acknowledged')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: join(import.meta.dirname, '../../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve())
    child.once('exit', (code) => reject(new Error(`the writer ended with ${code}`)))
  })
  child.removeAllListeners('exit')
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await exited
}
