import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../../support/temp.js'
import { holdfast, holdfastJson } from '../here.js'

describe('holdfast files', () => {
  it('puts, lists, describes, copies, gets and removes files', async () => {
    const dir = await tempDirectory()
    const file = async (...args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await holdfast(['files', ...args, '--dir', dir])
      expect([code, stderr.includes('error')], stderr).toEqual([0, false])
      return stdout
    }
    const source = join(await tempDirectory(), 'source')
    await writeFile(source, Buffer.from([0, 255, 10, 13, 7]))
    await file('put', 'a/raw.bin', source, '--meta', '{"tag":1}')
    const piped = await holdfast(['files', 'put', 'b.txt', '--dir', dir], { input: '0123456789' })
    expect(piped.code).toBe(0)
    expect(await readFile(join(dir, 'a/raw.bin'))).toEqual(Buffer.from([0, 255, 10, 13, 7]))
    expect(await file('get', 'b.txt')).toBe('0123456789')
    expect(await file('get', 'b.txt', '--start', '2', '--end', '5')).toBe('234')
    expect(JSON.parse(await file('stat', 'a/raw.bin'))).toMatchObject({
      bytes: 5,
      kind: 'bytes',
      metadata: { tag: 1 },
    })
    await file('cp', 'a/raw.bin', 'c')
    await file('cp', 'c', 'd', '--move')
    const listed = await holdfastJson(['files', 'ls', '--dir', dir])
    expect((listed.document as { files: { key: string }[] }).files.map(({ key }) => key)).toEqual([
      'a/raw.bin',
      'b.txt',
      'd',
    ])
    expect(await file('ls', 'a/')).toContain('a/raw.bin')
    await file('rm', 'd', 'b.txt', '--yes')
    expect(await file('ls')).not.toContain('b.txt')
  })

  it('ends with the status that fits', async () => {
    const dir = await tempDirectory()
    const code = async (...args: readonly string[]): Promise<unknown> =>
      (await holdfast(['files', ...args, '--dir', dir], { input: 'some content' })).code
    expect(await code('get', 'a')).toBe(3)
    expect(await code('put', 'a.txt')).toBe(0)
    expect(await code('put', 'a.txt', '--if-absent')).toBe(4)
  })

  it('tells misuse, failure and absence apart', async () => {
    const dir = await tempDirectory()
    const code = async (...args: readonly string[]): Promise<unknown> =>
      (await holdfast(['files', ...args, '--dir', dir], { input: 'some content' })).code
    expect(await code('put', 'a.txt')).toBe(0)
    expect(await code('put', '../a')).toBe(2)
    expect(await code('put', 'a', '--meta', '[]')).toBe(2)
    expect(await code('put', 'a', '/no/such/file')).toBe(1)
    expect(await code('get', 'b')).toBe(3)
    expect(await code('rm', 'b', '--yes')).toBe(3)
    expect(await code('rm', 'a.txt')).toBe(2)
    expect(await code('get', 'a.txt', '--json')).toBe(2)
  })
})
