import { describe, expect, it, onTestFinished } from 'vitest'
import { subscribe } from '../../../../src/base/channels.js'
import type { Volume } from '../../../../src/disk/disk.js'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import {
  checkMark,
  checkMarkOf,
  checkRequires,
  hasJournal,
  markStore,
} from '../../../../src/engine/opening/directory-mark.js'
import { MARK_FILE, sparePath } from '../../../../src/format/layout.js'
import { tempDirectory } from '../../../support/temp.js'
import { openJournal, openVolume, readable, text } from '../../disk/support.js'
import { resolved } from '../support.js'
import { isStorageError } from '../../../../src/base/errors.js'

const refusedFeature = (requires: unknown, known?: readonly string[]): unknown => {
  try {
    checkRequires('.metadata.json', requires, known)
  } catch (error) {
    if (!isStorageError(error, 'FS-FORMAT-001')) throw error
    expect(error.message).toContain(`'.metadata.json' requires`)
    expect(error.context).toMatchObject({ path: '.metadata.json', reason: 'requires' })
    return error.context['feature']
  }
  return 'accepted'
}

describe('the features that a mark requires', () => {
  it('are accepted where each of them is known, and where the mark is from before there were any', () => {
    expect(refusedFeature(undefined)).toBe('accepted')
    expect(refusedFeature([])).toBe('accepted')
    expect(refusedFeature(['prerelease'], ['prerelease', 'other'])).toBe('accepted')
  })

  it('are refused by the name of the first that is not', () => {
    expect(refusedFeature(['prerelease'])).toBe('prerelease')
    expect(refusedFeature(['prerelease', 'new', 'newer'], ['prerelease'])).toBe('new')
  })

  it.each([[null], [7], [{ prerelease: true }]])(
    'are refused where they are not names: %j',
    (one) => {
      expect(refusedFeature([one], ['prerelease'])).toEqual(one)
      expect(refusedFeature(one, ['prerelease'])).toEqual(one)
    },
  )

  it('are refused where one name is in place of the list', () => {
    expect(refusedFeature('new', ['prerelease'])).toBe('new')
  })
})

describe('the mark of a store', () => {
  const volumeOf = async (mark?: string): Promise<Volume> => {
    const volume = await openVolume(portableDisk, await tempDirectory())
    if (mark !== undefined)
      await volume.write(MARK_FILE, text(mark), { replace: false, flush: false })
    return volume
  }
  const markOf = async (volume: Volume): Promise<string> =>
    readable(await volume.read(MARK_FILE)) ?? ''

  it('is written into an empty directory, and kept as it is from then on', async () => {
    const volume = await volumeOf()
    await markStore(volume, resolved())
    const mark = await markOf(volume)
    expect(JSON.parse(mark)).toEqual({
      format: 'holdfast',
      format_version: 1,
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
      requires: [],
    })
    await markStore(volume, resolved())
    await markStore(volume, resolved({ create: false }))
    expect(await markOf(volume)).toBe(mark)
  })

  it('is written again where loss of power has left it blank', async () => {
    for (const blank of ['', '\0\0\0']) {
      const volume = await volumeOf(blank)
      await expect(checkMarkOf(volume)).resolves.toBeUndefined()
      await markStore(volume, resolved())
      expect(JSON.parse(await markOf(volume))).toMatchObject({ format: 'holdfast' })
    }
  })

  it('is written again, with a warning, where the journal shows whose the directory is', async () => {
    const { volume } = await openJournal(portableDisk, await tempDirectory())
    await volume.write('notes.txt', text('x'), { replace: false, flush: false })
    const codes: string[] = []
    onTestFinished(subscribe('warning', ({ code }) => codes.push(code)))
    expect(await hasJournal(volume)).toBe(true)
    await markStore(volume, resolved({ create: false }))
    expect(JSON.parse(await markOf(volume))).toMatchObject({ format: 'holdfast' })
    expect(codes).toEqual(['mark-rebuilt'])
  })

  it('is not made where none is wanted, and the directory stays as it was', async () => {
    const volume = await volumeOf()
    await volume.makeDirectory('.tmp')
    await expect(markStore(volume, resolved({ create: false }))).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
      context: { reason: 'no_store' },
    })
    expect(await volume.stat(MARK_FILE)).toBeUndefined()
    expect(await volume.stat('.tmp')).toBeUndefined()
    // A spare alone is not a journal.
    await volume.write(sparePath('1'), text('x'), { replace: false, flush: false })
    expect(await hasJournal(volume)).toBe(false)
  })

  it.each([
    ['{"format":"holdfast","format_version":2}', 2],
    ['{"format":"other","format_version":1}', 1],
    ['not a mark', null],
    ['null', null],
  ])('of another format is refused: %s', async (mark, version) => {
    const volume = await volumeOf(mark)
    const refusal = { context: { path: MARK_FILE, reason: 'format', format_version: version } }
    await expect(markStore(volume, resolved())).rejects.toMatchObject(refusal)
    await expect(checkMarkOf(volume)).rejects.toMatchObject(refusal)
    expect(await markOf(volume)).toBe(mark)
    const newer = text('{"format":"holdfast","format_version":1,"requires":["later"]}')
    expect(() => checkMark('/store', newer)).toThrow('requires the feature "later"')
  })
})
