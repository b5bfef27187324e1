import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { withSecretFiles } from '../../../src/config/secret-files.js'
import { tempDirectory } from '../../support/temp.js'

const isSecret = (name: string): boolean => name === 'password'
const read = async (given: Record<string, unknown>) =>
  await withSecretFiles(given, isSecret, 'config')

describe('withSecretFiles', () => {
  it('reads the file of a secret, without the line end of an editor', async () => {
    const file = join(await tempDirectory(), 'secret')
    await writeFile(file, ' a b \n')
    expect(await read({ password_file: file, x_file: 'y', url: 'u' })).toEqual({
      password: ' a b ',
      x_file: 'y',
      url: 'u',
    })
    expect(await read({ passwordFile: file })).toEqual({ password: ' a b ' })
  })

  it('names the key and the file when there is none, it is empty or no text', async () => {
    const directory = await tempDirectory()
    const file = join(directory, 'secret')
    await expect(read({ password_file: file })).rejects.toThrow(
      `Key "password_file" of config: the file ${file} cannot be read: there is no such file`,
    )
    await expect(read({ password_file: directory })).rejects.toThrow('it is a directory')
    await writeFile(file, '\n')
    await expect(read({ password_file: file })).rejects.toThrow(`the file ${file} is empty`)
    await writeFile(file, Uint8Array.of(0xff))
    await expect(read({ password_file: file })).rejects.toThrow('it is not UTF-8 text')
    await writeFile(file, Buffer.alloc(64 * 1024 + 1))
    await expect(read({ password_file: file })).rejects.toThrow('it is larger than 65536 bytes')
    await expect(read({ password_file: 5 })).rejects.toThrow('must be the path of a file')
  })

  it('refuses a secret that is given both ways', async () => {
    await expect(read({ password_file: 'x', password: 'y' })).rejects.toThrow(
      'Keys "password" and "password_file" of config are one secret: give one of them',
    )
  })
})
