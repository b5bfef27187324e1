import { expect, it } from 'vitest'
import { conflictText } from '../../../src/cli/conflict-text.js'
import { mergeDocuments } from '../../../src/versions/registry/merge.js'

const versions = { base: '1.0.0', ours: '1.1.0', theirs: '1.2.0' }

async function shown(base: object, ours: object, theirs: object): Promise<string> {
  const { conflicts } = await mergeDocuments<object>(base, ours, theirs)
  return conflicts.map((conflict) => conflictText(conflict, versions)).join('')
}

it('the lines of a text in conflict have the marks of git', async () => {
  const text = await shown(
    { text: 'a\nb\nc\nd\ne' },
    { text: 'a\nx\nc\nd\nE' },
    { text: 'a\ny\nz\nc\nd\n' },
  )
  expect(text).toBe(`Conflict at /text
<<<<<<< 1.1.0
x
||||||| 1.0.0
b
=======
y
z
>>>>>>> 1.2.0
<<<<<<< 1.1.0
E
||||||| 1.0.0
e
=======
>>>>>>> 1.2.0
`)
})

it('other values are JSON, and missing ones nothing', async () => {
  expect(await shown({ t: 1 }, { t: { a: 2 } }, {})).toBe(`Conflict at /t
<<<<<<< 1.1.0
{
  "a": 2
}
||||||| 1.0.0
1
=======
>>>>>>> 1.2.0
`)
})

it('no character that controls a terminal is shown', async () => {
  const text = await shown({ 'a\u001b': 'x' }, { 'a\u001b': '\u001b[2J' }, { 'a\u001b': '\u202e' })
  expect(text).toContain(String.raw`Conflict at /a\u001b`)
  expect(text).toContain(String.raw`\u001b[2J`)
  expect(text).not.toMatch(/[\p{Cf}]|(?!\n)\p{Cc}/u)
})
