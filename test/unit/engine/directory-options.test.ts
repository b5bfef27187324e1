import { describe, expect, it } from 'vitest'
import {
  DIRECTORY_OPTION_NAMES,
  resolveDirectoryOptions,
  type DirectoryOptions,
} from '../../../src/engine/directory-options.js'

/** Wrong on purpose. */
function resolve(given: object): object {
  return resolveDirectoryOptions(given as DirectoryOptions)
}

describe('the options of a directory', () => {
  it('are complete, frozen, and taken as they are given', () => {
    const byDefault = resolveDirectoryOptions()
    expect(Object.keys(byDefault)).toEqual([...DIRECTORY_OPTION_NAMES])
    expect(Object.isFrozen(byDefault)).toBe(true)
    const given = {
      durability: 'interval',
      flushIntervalMs: 1,
      lockTimeoutMs: 0,
      ioTimeoutMs: 0,
      retry: { attempts: 1, delayMs: 2, maxDelayMs: 3 },
      disk: 'native',
      nativeBinding: '/addon.node',
      create: false,
      readOnly: true,
      segmentBytes: 65_536,
      journalBytes: 65_536,
      checkpointIdleMs: 1,
      fileMode: 0o660,
      directoryMode: 0o2770,
      allowNetworkFileSystem: true,
      allowWorldWritable: true,
      adopt: true,
      repairJournal: true,
    }
    expect(resolve(given)).toEqual(given)
    expect(resolve({ retry: false })).toMatchObject({ retry: { attempts: 1 } })
  })

  it('make a store, unless it is only read', () => {
    expect(resolve({})).toMatchObject({ create: true })
    expect(resolve({ readOnly: true })).toMatchObject({ create: false })
    expect(() => resolve({ readOnly: true, create: true })).toThrow('leave out "create": true')
  })

  it('take a disk of a test, and no other object’s place', () => {
    const disk = { kind: 'simulated' }
    expect(resolve({ disk })).toMatchObject({ disk })
    for (const nativeBinding of ['relative.node', 5])
      expect(() => resolve({ nativeBinding })).toThrow('"nativeBinding" must be an absolute path')
    for (const loadsNone of ['portable', disk])
      expect(() => resolve({ disk: loadsNone, nativeBinding: '/a' })).toThrow(/loads no addon/)
  })

  it.each([
    [{ durability: 'always' }, TypeError, /^Option "durability" must be one of 'commit'/],
    [{ disk: null }, TypeError, /^Option "disk" must be one of 'auto', 'native', 'portable'/],
    [{ lockTimeoutMs: -1 }, RangeError, /^Option "lockTimeoutMs" must be an integer from 0/],
    [{ segmentBytes: 1.5 }, TypeError, /^Option "segmentBytes" must be an integer/],
    [{ retry: { attempts: 11 } }, RangeError, /^Option "retry.attempts" must be an integer/],
    [{ retry: 5 }, TypeError, /^Option "retry" must be false or an object/],
    [{ retry: { tries: 5 } }, TypeError, /^Unknown option "tries" of option "retry"/],
    [{ fileMode: 0o1777 }, RangeError, /from 0o400 to 0o777, got 0o1777$/],
    [{ directoryMode: 0o2400 }, RangeError, /with or without 0o2000 \(setgid\), got 0o2400$/],
    [{ fileMode: '600' }, TypeError, /^Option "fileMode" must be permission bits/],
    [{ adopt: 1 }, TypeError, /^Option "adopt" must be true or false, got 1/],
    [{ adpot: true }, TypeError, /did you mean "adopt"\?$/],
  ])('refuse %j, and say what was expected', (given, kind, message) => {
    expect(() => resolve(given)).toThrow(kind)
    expect(() => resolve(given)).toThrow(message)
  })
})
