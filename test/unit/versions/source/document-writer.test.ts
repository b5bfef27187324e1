import { describe, expect, it } from 'vitest'
import { MapDatabase } from '../../../../examples/backends/map-source.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { deletionOf } from '../../../../src/versions/prompt-change.js'
import { Opened } from './source-fixtures.js'

describe('the writer to a source', () => {
  it('keeps what it has saved in the cache', async () => {
    const opened = new Opened()
    await opened.save([sampleVersion('p', '1.0.0')])
    expect((await opened.reader.document('p', '1.0.0', false))?.version).toBe('1.0.0')
    expect(opened.source.reads).toBe(0)
  })

  it('saves the rest of a batch with what counts as saved already', async () => {
    const opened = new Opened()
    await opened.save([sampleVersion('p', '1.0.0')])
    const both = [sampleVersion('p', '1.0.0'), sampleVersion('p', '1.1.0')]
    await expect(opened.save(both)).rejects.toMatchObject({ sameContent: true })
    expect(await opened.reader.names('p')).toEqual(['1.0.0'])
    await opened.save(both, { ifSame: 'accept' })
    expect(await opened.reader.names('p')).toEqual(['1.0.0', '1.1.0'])
  })

  it('saves all of it if what counted as saved is deleted before the commit', async () => {
    const database = new MapDatabase()
    const opened = new Opened(database)
    const other = new Opened(database)
    await opened.save([sampleVersion('p', '1.0.0')])
    let inserts = 0
    opened.source.beforeInsert = async () => {
      inserts++
      if (inserts === 2) await other.writer.transact(['p'], deletionOf('p', ['1.0.0']))
    }
    const both = [sampleVersion('p', '1.0.0'), sampleVersion('p', '1.1.0')]
    await opened.save(both, { ifSame: 'accept' })
    expect(inserts).toBe(3)
    expect(await opened.reader.names('p')).toEqual(['1.0.0', '1.1.0'])
  })

  it('takes a damaged version for another content', async () => {
    const database = new MapDatabase()
    const opened = new Opened(database)
    await opened.save([sampleVersion('p', '1.0.0')])
    const stored = { version: '1.0.0', bytes: Buffer.from('{'), savedAt: null }
    database.prompt('p').versions.set('1.0.0', stored)
    await expect(
      opened.save([sampleVersion('p', '1.0.0')], { ifSame: 'accept' }),
    ).rejects.toMatchObject({ code: 'OPT-VER-001', sameContent: false })
  })

  it('forgets what a transaction has deleted', async () => {
    const opened = new Opened()
    await opened.save([sampleVersion('p', '1.0.0')])
    expect(await opened.writer.transact(['p'], deletionOf('p', ['1.0.0']))).toEqual(['1.0.0'])
    expect(await opened.reader.document('p', '1.0.0', false)).toBeUndefined()
  })

  it('gives decisions the numbers in their order, and throws what they throw', async () => {
    const opened = new Opened()
    for (const version of ['1.10.0', '1.9.0']) await opened.save([sampleVersion('p', version)])
    const names = await opened.writer.transact(['p'], ([view]) => {
      return { changes: [], result: view?.versions }
    })
    expect(names).toEqual(['1.9.0', '1.10.0'])
    await expect(
      opened.writer.transact(['p'], () => {
        throw new RangeError('no')
      }),
    ).rejects.toThrow(RangeError)
  })
})
