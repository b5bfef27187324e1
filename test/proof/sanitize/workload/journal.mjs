// A journal as the engine sets it up, and what can happen to commits.
import { encodeRecord } from '../../../../dist/format/record.js'
import { expectCode } from './addon.mjs'
import { PageByCalls } from './cage.mjs'

export const BLOCK_BYTES = 4096
const CREATE = 1
const REPLACE = 2
const REMOVE = 3
const SEGMENT = '.journal/000000000001.log'
const SEGMENT_BYTES = 1 << 20

const bytes = (text) => new TextEncoder().encode(text)
const change = (kind, path, content = '') => ({
  kind,
  path,
  content: bytes(content),
  external: false,
})
export const create = (path, content) => change(CREATE, path, content)
export const replace = (path, content) => change(REPLACE, path, content)
export const remove = (path, content) => change(REMOVE, path, content)

/** One journal of a volume, with a committer. */
export class Journal {
  constructor(addon, handle, page) {
    this.addon = addon
    this.handle = handle
    this.page = page instanceof ArrayBuffer ? new DataView(page) : new PageByCalls(addon, page)
  }

  static async open(addon, volume, { begin = true } = {}) {
    const { handle, page } = await addon.openCommitter(volume, '.lock', '.shared', 10_000)
    const journal = new Journal(addon, handle, page)
    if (begin) await journal.begin(volume)
    await addon.useSegment(handle, 1, SEGMENT, '.journal/000000000002.log')
    return journal
  }

  async begin(volume) {
    await this.addon.createSegment(volume, '.journal/spare', SEGMENT_BYTES)
    const header = new Uint8Array(BLOCK_BYTES).fill(1)
    await this.addon.startSegment(volume, '.journal/spare', SEGMENT, header)
    this.rewind()
  }

  /** As if the journal were empty: this one is not recovered. */
  rewind() {
    this.page.setBigUint64(16, 7n, true)
    this.page.setBigUint64(24, 1n, true)
    this.page.setBigUint64(32, BigInt(BLOCK_BYTES), true)
    this.page.setUint32(12, 0, true)
    this.page.setUint32(4, 0, true)
  }

  commit(transactions, { flush = true, timeoutMs = 10_000, checkpoint = false } = {}) {
    const records = checkpoint
      ? new Uint8Array(8)
      : new Uint8Array(Buffer.concat(transactions.map(encodeRecord)))
    const count = checkpoint ? 0 : transactions.length
    return this.addon.commit(this.handle, records, count, checkpoint, flush, 1, timeoutMs)
  }

  close() {
    this.addon.closeCommitter(this.handle)
  }
}

export async function commits(addon, directory, scale) {
  const { handle: volume } = await addon.openAt(directory)
  const journal = await Journal.open(addon, volume)
  await journal.commit([[create('shared', '')]])
  for (let round = 0; round < 10 * scale; round++) {
    journal.rewind()
    const path = (name) => `r${round}/${name}`
    const replies = await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        journal.commit(
          [
            [create(path(`a/${at}`), 'x'.repeat(at * 900)), replace('shared', `${at}`)],
            // These lose: the frame is written without them.
            [create('shared/below', 'x')],
            [remove(path('absent'))],
            [remove('shared', 'other bytes')],
            [create(path(`b/${at}`), 'y')],
          ],
          { flush: at % 3 === 0 },
        ),
      ),
    )
    for (const reply of replies) {
      const codes = reply[9].map((failure) => failure?.code)
      if (codes[0] !== undefined || codes[4] !== undefined) throw new Error(`lost: ${codes}`)
    }
    await addon.flushSegment(journal.handle)
    await journal.commit([], { checkpoint: true })
    await withdraw(journal, round)
  }
  const records = encodeRecord([create('redone/1', 'r'), remove('redone/0')])
  await addon.redo(journal.handle, new Uint8Array(records), true)
  await refusals(addon, volume, journal)
  journal.close()
  addon.closeVolume(volume)
}

/** Two transactions that want one name: the second is found out only when it is published. */
async function withdraw(journal, round) {
  const twice = [create(`w${round}/same`, '1')]
  const reply = await journal.commit([twice, twice, [create(`w${round}/other`, '3')]])
  if (reply[9]?.[1]?.code !== 'EEXIST') throw new Error('the second of two was not withdrawn')
}

async function refusals(addon, volume, journal) {
  const { handle } = journal
  const broken = encodeRecord([create('broken', 'x')])
  for (let at = 0; at < broken.length; at++) {
    const bytes = new Uint8Array(broken)
    bytes[at] ^= 0xff
    const answer = addon.commit(handle, bytes, 1, false, false, 1, 1000).then(
      () => addon.remove(volume, 'broken', false),
      () => undefined,
    )
    await answer
    await addon.redo(handle, bytes, false).catch(() => undefined)
    await addon.redo(handle, bytes.subarray(0, at), false).catch(() => undefined)
  }
  await expectCode('EINVAL', addon.commit(handle, new Uint8Array(3), 0, true, false, 1, 0))
  await expectCode('ENOENT', addon.useSegment(handle, 2, '.journal/none', '.journal/next'))
  await expectCode('EINVAL', addon.openCommitter(volume, '../lock', '.shared', 0))
  await addon.write(volume, 'large-page', new Uint8Array(3 * BLOCK_BYTES), true, false)
  await expectCode('EINVAL', addon.openCommitter(volume, '.lock', 'large-page', 0))
  // Full, poisoned, moved: said, and nothing done.
  const large = [[create('large', 'x'.repeat(SEGMENT_BYTES))]]
  for (const [status, reply] of [
    [2, await journal.commit(large)],
    [4, (journal.page.setUint32(4, 2, true), await journal.commit([[create('p', '')]]))],
    [3, (journal.page.setUint32(4, 1, true), await journal.commit([[create('u', '')]]))],
  ]) {
    if (reply[0] !== status) throw new Error(`expected status ${status}, got ${reply[0]}`)
  }
  journal.rewind()
}
