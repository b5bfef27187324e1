import { describe, expect, it } from 'vitest'
import { Lifecycle } from '../../../../src/base/lifecycle.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { deletionOf } from '../../../../src/versions/prompt-change.js'
import { SourcePast } from '../../../../src/versions/source/source-past.js'
import { Opened } from './source-fixtures.js'

describe('the past of a source', () => {
  it('has the content of a version until it is deleted, and its name after that', async () => {
    const opened = new Opened()
    const life = new Lifecycle(() => new Error('closed'))
    const past = new SourcePast(opened.source, opened.reader, life)
    await opened.save([sampleVersion('p', '1.0.0')])
    const { versions } = await past.past('p')
    const savedAt = versions.get('1.0.0') ?? null
    expect(savedAt).not.toBeNull()
    const presence = { version: '1.0.0', savedAt, from: savedAt, until: null }
    expect((await past.content('p', presence))?.version).toBe('1.0.0')
    expect(await past.content('p', { ...presence, savedAt: '2020-01-01T00:00:00.000Z' })).toBe(
      undefined,
    )
    await opened.writer.transact(['p'], deletionOf('p', ['1.0.0']))
    expect(await past.content('p', presence)).toBeUndefined()
    expect(await past.promptIds()).toEqual(['p'])
    expect((await past.past('p')).history).toMatchObject([{ deleted: { '1.0.0': savedAt } }])
    expect(await past.knownSince()).toBeUndefined()
  })
})
