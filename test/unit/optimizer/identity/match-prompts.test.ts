import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  matchPrompts,
  type FoundPrompt,
  type KnownPrompt,
} from '../../../../src/optimizer/identity/match-prompts.js'
import { seeded } from '../../../support/random.js'

interface Given {
  readonly text: string
  readonly node?: string
  readonly role?: string
  readonly id?: string
  readonly carrier?: string
  readonly position?: number
  readonly gone?: boolean
}

function known(...given: readonly Given[]): readonly KnownPrompt[] {
  return given.map(
    ({ text, node = 'n', role = 'user', id, carrier = 'llm.chat', ...rest }, at) => ({
      text,
      entry: {
        prompt_id: `p${at}`,
        node_id: node,
        node_type: 'llm',
        carrier,
        role,
        message_id: id,
        position: rest.position ?? at,
        gone_since: rest.gone === true ? '2026-11-30T12:00:00.000Z' : undefined,
      },
    }),
  )
}

function found(...given: readonly Given[]): readonly FoundPrompt[] {
  return given.map(
    ({ text, node = 'n', role = 'user', id, carrier = 'llm.chat', position }, at) => ({
      nodeId: node,
      nodeType: 'llm',
      carrier,
      role,
      messageId: id,
      position: position ?? at,
      text,
    }),
  )
}

/** The prompt of each text; undefined for a new one. */
function match(before: readonly KnownPrompt[], after: readonly FoundPrompt[]) {
  const pairs = matchPrompts(before, after)
  return after.map((prompt) => pairs.get(prompt)?.entry.prompt_id)
}

describe('which text is which prompt', () => {
  it.each<[string, Given[], Given[], (string | undefined)[]]>([
    [
      'the id of the message wins over text and place',
      [
        { text: 'a', id: '1' },
        { text: 'b', id: '2' },
      ],
      [
        { text: 'b', id: '1' },
        { text: 'a', id: '2' },
      ],
      ['p0', 'p1'],
    ],
    [
      'the same text wins over the place',
      [{ text: 'a' }, { text: 'b' }],
      [{ text: 'b' }, { text: 'a' }],
      ['p1', 'p0'],
    ],
    [
      'equal texts keep their order',
      [{ text: 'a' }, { text: 'a' }],
      [{ text: 'a' }, { text: 'a' }],
      ['p0', 'p1'],
    ],
    [
      'as many messages as before keep their places',
      [{ text: 'a' }, { text: 'b' }],
      [{ text: 'x' }, { text: 'y' }],
      ['p0', 'p1'],
    ],
    [
      'a text with another role is the same text',
      [{ text: 'a' }],
      [{ text: 'a', role: 'system' }],
      ['p0'],
    ],
    [
      'the only text of a node is that one, with another role and another text at once',
      [{ text: 'Translate it.', role: 'system' }],
      [{ text: 'Count the words of the report.' }],
      ['p0'],
    ],
    [
      'so it is if its message has another id, and if it has another edition',
      [{ text: 'Translate it.', role: 'system', id: '1' }],
      [{ text: 'Count the words.', id: '2', carrier: 'llm.jinja2' }],
      ['p0'],
    ],
    [
      'beside other messages, a text of another role is the one at its place if it is like that',
      [{ text: 'Translate the text of the user.', role: 'system' }, { text: 'a' }],
      [{ text: 'Translate the text of the customer.', role: 'user' }, { text: 'a' }],
      ['p0', 'p1'],
    ],
    [
      'beside other messages, another text of another role is another one',
      [{ text: 'Translate it.', role: 'system' }, { text: 'a' }],
      [{ text: 'Count the words.', role: 'assistant' }, { text: 'a' }],
      [undefined, 'p1'],
    ],
    [
      'a second message of another role and text is another one',
      [{ text: 'Translate it.', role: 'system' }],
      [{ text: 'Count the words.' }, { text: 'a' }],
      [undefined, undefined],
    ],
    [
      'the only class of a classifier with another id is another one',
      [{ text: 'a', id: '1', role: 'system', carrier: 'classifier.class' }],
      [{ text: 'b', id: '2', carrier: 'classifier.class' }],
      [undefined],
    ],
    [
      'a text of another carrier is another one',
      [{ text: 'a' }],
      [{ text: 'a', carrier: 'template' }],
      [undefined],
    ],
    [
      'another edition of a message is the same one',
      [{ text: 'a' }],
      [{ text: 'a', carrier: 'llm.jinja2' }],
      ['p0'],
    ],
    [
      'what was gone is not back by its place',
      [{ text: 'a', gone: true }],
      [{ text: 'b' }],
      [undefined],
    ],
    [
      'what was gone is back by its text',
      [{ text: 'a', gone: true }],
      [{ text: 'a', position: 4 }],
      ['p0'],
    ],
    [
      'what is there wins over what was gone',
      [{ text: 'a', gone: true }, { text: 'a' }],
      [{ text: 'a' }],
      ['p1'],
    ],
    [
      'a class of another id is another class',
      [{ text: 'a', id: '1', carrier: 'classifier.class' }],
      [{ text: 'b', id: '2', carrier: 'classifier.class' }],
      [undefined],
    ],
    [
      'a node of another id and another text is another node',
      [{ text: 'Translate it.' }],
      [{ text: 'Count the words.', node: 'm' }],
      [undefined],
    ],
    [
      'a node of another id and the same text is the same node',
      [{ text: 'Translate it.' }],
      [{ text: 'Translate it.', node: 'm' }],
      ['p0'],
    ],
  ])('%s', (_what, before, after, expected) => {
    expect(match(known(...before), found(...after))).toEqual(expected)
  })

  it('pairs no text and no prompt twice, whatever they are', () => {
    const given = fc.record(
      {
        text: fc.constantFrom('a', 'b', 'Translate it.', 'Translate it'),
        node: fc.constantFrom('n', 'm', 'o'),
        role: fc.constantFrom('user', 'system'),
        id: fc.constantFrom('1', '2', '3'),
        position: fc.nat(3),
        gone: fc.boolean(),
      },
      { requiredKeys: ['text', 'node', 'role', 'position'] },
    )
    fc.assert(
      fc.property(fc.array(given), fc.array(given), (old, fresh) => {
        const [before, after] = [known(...old), found(...fresh)]
        const pairs = [...matchPrompts(before, after)]
        expect(new Set(pairs.map(([, prompt]) => prompt)).size).toBe(pairs.length)
        expect(
          pairs.every(([text, prompt]) => after.includes(text) && before.includes(prompt)),
        ).toBe(true)
      }),
      seeded(500),
    )
  })

  it('knows each prompt of a file that has not changed, whatever is in it', () => {
    const given = fc.record({
      text: fc.constantFrom('a', 'b', 'c'),
      node: fc.constantFrom('n', 'm'),
      role: fc.constantFrom('user', 'system'),
    })
    fc.assert(
      fc.property(fc.array(given), (texts) => {
        const expected = texts.map((_, at) => `p${at}`)
        expect(match(known(...texts), found(...texts))).toEqual(expected)
      }),
      seeded(500),
    )
  })

  it('compares a very large number of new and lost nodes with nothing', () => {
    const many = (node: string): Given[] =>
      Array.from({ length: 200 }, (_, at) => ({ text: `text ${at}`, node: `${node}${at}` }))
    expect(match(known(...many('a')), found(...many('b'))).every((id) => id === undefined)).toBe(
      true,
    )
  })
})
