import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Session } from '../../../src/cli/session.js'
import { parseJsonObject, readJsonObject, readText } from '../../../src/cli/text-input.js'
import { tempDirectory } from '../../support/temp.js'
import { createEnvironment } from './environment.js'

function sessionWith(input: string | Uint8Array): Session {
  return new Session(createEnvironment({ input }).environment)
}

describe('readText', () => {
  it('reads a file and standard input, and changes nothing', async () => {
    const file = join(await tempDirectory(), 'text.txt')
    await writeFile(file, '\ufeffHello\r\n')
    expect(await readText(sessionWith(''), file, 'a text')).toBe('\ufeffHello\r\n')
    expect(await readText(sessionWith('Bye\n'), '-', 'a text')).toBe('Bye\n')
  })

  it('refuses what is not UTF-8, and a file that does not exist', async () => {
    await expect(readText(sessionWith(Uint8Array.of(0xff)), '-', 'a text')).rejects.toMatchObject({
      code: 'CLI-USAGE-001',
      message: '- is not UTF-8 text',
    })
    await expect(readText(sessionWith(''), '/nowhere-at-all', 'a text')).rejects.toMatchObject({
      code: 'CLI-INPUT-001',
    })
  })
})

describe('JSON objects', () => {
  it('are read from a file', async () => {
    expect(await readJsonObject(sessionWith('{"a":[1]}'), '-', 'values')).toEqual({ a: [1] })
  })

  it.each(['', '{', '[]', 'null', '"text"', '1'])('are not %j', (text) => {
    expect(() => parseJsonObject(text, '--meta')).toThrow('--meta must be a JSON object')
  })
})
