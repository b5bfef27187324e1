import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTagName, tagName } from '../../../../src/interchange/git/tag-names.js'
import { hostileId } from '../texts.js'
import { Repository } from './repository.js'

describe('the name of a tag', () => {
  it.each([
    ['greeting@1.2.3', { kind: 'version', promptId: 'greeting', version: '1.2.3' }],
    [
      'team/greeting@v2.0.0-rc.1',
      { kind: 'version', promptId: 'team/greeting', version: '2.0.0-rc.1' },
    ],
    ['v1.2.3', { kind: 'version', promptId: undefined, version: '1.2.3' }],
    ['1.2.3', { kind: 'version', promptId: undefined, version: '1.2.3' }],
    ['greeting@production', { kind: 'label', promptId: 'greeting', label: 'production' }],
    ['a@b@production', { kind: 'label', promptId: 'a@b', label: 'production' }],
    ['production', undefined],
    ['v1.2', undefined],
    ['@production', undefined],
    ['@1.2.3', undefined],
    ['greeting@Production', undefined],
  ])('%s says %j', (name, meaning) => {
    expect(parseTagName(name)).toEqual(meaning)
  })

  it('is one that git accepts, and gives the id again', async () => {
    const repository = await Repository.create()
    repository.commit('One')
    await fc.assert(
      fc.asyncProperty(hostileId, async (id) => {
        await Promise.resolve()
        const name = tagName(id, 'production') ?? ''
        repository.git('check-ref-format', `refs/tags/${name}`)
        expect(parseTagName(name)).toEqual({ kind: 'label', promptId: id, label: 'production' })
      }),
      { numRuns: 60 },
    )
    expect(tagName('x'.repeat(300), '1.0.0')).toBeUndefined()
  })
})
