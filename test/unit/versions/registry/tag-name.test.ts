import { describe, expect, it } from 'vitest'
import { checkTag, TAG_LENGTH_MAX } from '../../../../src/versions/registry/tag-name.js'

describe('a tag', () => {
  it.each(['x', 'legal-approved', 'sprint 42', 'team:search/ranking', '审核', '2025.1'])(
    'may be %s',
    (tag) => {
      expect(() => checkTag(tag)).not.toThrow()
    },
  )

  it.each(['', ' x', 'x ', '-x', 'a\nb', 'a,b', 'x'.repeat(TAG_LENGTH_MAX + 1), 7, undefined])(
    'may not be %j',
    (tag) => {
      expect(() => checkTag(tag, 'tags[0]')).toThrow(/"tags\[0\]" must be a tag/)
    },
  )
})
