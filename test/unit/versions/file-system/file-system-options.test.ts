import { resolve as absolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import {
  FILE_SYSTEM_OPTION_NAMES,
  resolveFileSystemOptions,
  type FileSystemStorageOptions,
} from '../../../../src/versions/file-system/file-system-options.js'
import { promptVersionSchema } from '../../../../src/versions/prompts/prompt-version.js'

/** Wrong on purpose. */
function resolve(given: object | undefined): object {
  return resolveFileSystemOptions(given as FileSystemStorageOptions)
}

describe('the options of a store of versions', () => {
  it('are complete and frozen, those of its directory apart', () => {
    const storageDir = absolute('data')
    const options = resolve({ storageDir: pathToFileURL(storageDir), lockTimeoutMs: 5 })
    expect(Object.keys(options)).toEqual([...FILE_SYSTEM_OPTION_NAMES, 'directory'])
    expect(Object.isFrozen(options)).toBe(true)
    expect(options).toMatchObject({
      storageDir,
      schema: promptVersionSchema,
      directory: { lockTimeoutMs: 5 },
    })
  })

  it('leave sharding and pre-releases as the store has them, unless they are given', () => {
    const unset = { enableSharding: undefined, shardDepth: undefined, allowPrerelease: undefined }
    expect(resolve({ storageDir: 'x' })).toMatchObject(unset)
    const given = { enableSharding: false, shardDepth: 4, allowPrerelease: false }
    expect(resolve({ storageDir: 'x', ...given })).toMatchObject(given)
  })

  it('take the schema with its name and version, which an upgrade needs', () => {
    const schemaInfo = { name: 'notes', version: 2 }
    const upgrade = (document: object): object => document
    const given = { schema: promptVersionSchema, schemaInfo, upgrade }
    expect(resolve({ storageDir: 'x', ...given })).toMatchObject(given)
    expect(() => resolve({ storageDir: 'x', upgrade })).toThrow(/"upgrade" needs .*"schemaInfo"/)
    expect(() => resolve({ storageDir: 'x', schema: {} })).toThrow(/must be a Standard Schema/)
  })

  it.each([
    [undefined, /needs options with a "storageDir"/],
    [{}, /^Option "storageDir" must be a non-empty string/],
    [{ dir: 'x' }, /did you mean "storageDir"\?$/],
    [{ storageDir: 'x', locktimeoutMs: 5 }, /did you mean "lockTimeoutMs"\?$/],
    [{ storageDir: 'x', shardDepth: 5 }, /^Option "shardDepth" must be an integer from 1 to 4/],
    [{ storageDir: 'x', cacheBytes: 5 }, /^Option "cacheBytes" must be an integer from 1024/],
    [{ storageDir: 'x', onCorrupt: 'fail' }, /must be one of 'raise', 'skip'/],
    [{ storageDir: 'x', useCache: null }, /^Option "useCache" must be true or false/],
  ])('refuse %j, and say what was expected', (given, message) => {
    expect(() => resolve(given)).toThrow(message)
  })
})
