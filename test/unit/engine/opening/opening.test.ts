import { describe, expect, it } from 'vitest'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import { openDirectory } from '../../../../src/engine/opening/open-directory.js'
import { READ_ONLY_REASONS } from '../../../../src/engine/opening/opening.js'
import { Store } from '../../../../src/engine/store.js'
import { encodeRecord } from '../../../../src/format/record.js'
import { tempDirectory } from '../../../support/temp.js'
import { create, readable, text } from '../../disk/support.js'
import { interceptedDisk, resolved, withoutSpace } from '../support.js'

const bytes = text('x')

describe('a store that was opened read-only', () => {
  it('refuses writes with the reason: it was opened so', async () => {
    const path = await tempDirectory()
    await (await Store.open(path, { disk: portableDisk })).close()
    await using store = await Store.open(path, { disk: portableDisk, readOnly: true })
    await expect(store.commit([{ kind: 'create', path: 'a', bytes }])).rejects.toMatchObject({
      code: 'FS-READONLY-001',
      message: `The store takes no more writes: ${READ_ONLY_REASONS.option}`,
    })
    expect(store.health()).toMatchObject({ state: 'read-only', openedReadOnly: 'option' })
  })

  it('refuses writes with the reason: recovery had no space, and serves what is journaled', async () => {
    const path = await tempDirectory()
    const crashed = await openDirectory(path, resolved())
    await crashed.journal.append(encodeRecord([create('a', 'x')]), 1)
    // Not as a store closes it: no checkpoint was made.
    await crashed.journal.close()
    await crashed.volume.close()
    await using store = await Store.open(path, {
      disk: interceptedDisk(portableDisk, withoutSpace),
    })
    await expect(store.stage([bytes])).rejects.toMatchObject({
      code: 'FS-READONLY-001',
      message: `The store takes no more writes: ${READ_ONLY_REASONS['no-space']}`,
    })
    expect(store.health().openedReadOnly).toBe('no-space')
    expect(readable(await store.read('a'))).toBe('x')
    expect(store.pendingRedo).toMatchObject([{ kind: 'create', path: 'a' }])
  })
})
