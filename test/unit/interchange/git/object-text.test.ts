import { describe, expect, it } from 'vitest'
import { parseIdent, parseObject, timeOf } from '../../../../src/interchange/git/object-text.js'

describe('a commit', () => {
  it('has fields and a message, which is kept to the last character', () => {
    const text = [
      'tree 1',
      'parent 2',
      'parent 3',
      'author Ada <a@b> 1 +0000',
      'gpgsig -----BEGIN',
      ' more',
      '',
      'Subject',
      '',
      'Body\n',
    ].join('\n')
    const { fields, message } = parseObject(Buffer.from(text))
    expect(message).toBe('Subject\n\nBody\n')
    expect([...fields]).toEqual([
      ['tree', '1'],
      ['parent', '2'],
      ['author', 'Ada <a@b> 1 +0000'],
      ['gpgsig', '-----BEGIN'],
    ])
    expect(parseObject(Buffer.from('tree 1\n')).message).toBe('')
  })

  it('may have an encoding of its own', () => {
    const latin = Buffer.from('author \xc5sa <a@b> 1 +0000\nencoding ISO-8859-1\n\n\xe9', 'latin1')
    const { fields, message } = parseObject(latin)
    expect(fields.get('author')).toBe('Åsa <a@b> 1 +0000')
    expect(message).toBe('é')
    expect(parseObject(Buffer.from('encoding klingon\n\né')).message).toBe('é')
  })
})

describe('the ident of an author', () => {
  it('is a name, an email and a time', () => {
    expect(parseIdent('Ada L. <ada@example.com> 1700000000 +0530')).toEqual({
      name: 'Ada L.',
      email: 'ada@example.com',
      seconds: 1_700_000_000,
      zone: '+0530',
    })
    expect(parseIdent('<> 5 -0000')).toEqual({ name: '', email: '', seconds: 5, zone: '-0000' })
    expect(parseIdent('a <b <c> 5 +051800')).toMatchObject({ name: 'a', email: 'b <c' })
  })

  it('is not any other text', () => {
    for (const text of [undefined, '', 'Ada', 'Ada <a@b>', 'Ada <a@b> today +0000', 'Ada <a@b> 1'])
      expect(parseIdent(text)).toBeUndefined()
  })

  it('has a time that documents can hold, or none', () => {
    const at = (seconds: number): string | undefined =>
      timeOf({ name: '', email: '', seconds, zone: '+0000' })
    expect(at(1_700_000_000)).toBe('2023-11-14T22:13:20.000Z')
    expect(at(-62_167_219_200)).toBe('0000-01-01T00:00:00.000Z')
    expect([at(-62_167_219_201), at(253_402_300_800), at(1e15)]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})
