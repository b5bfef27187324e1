import { describe, expect, it } from 'vitest'
import {
  decodeSummaryLine,
  encodeSummaryLine,
  summaryLines,
} from '../../../../src/versions/file-system/summary-file.js'

const facts = {
  version: '1.0.0',
  created_at: '2026-02-03T04:05:06.007Z',
  parent_version: null,
  author: 'Ada "the first"',
  message: 'line\nline',
  score: 87.5,
  size: 100,
}
const proven = { stamp: '4c0193-1879a3f1b2c80a31', facts: [facts, { version: '1.0.1', size: 7 }] }
const IDS = ['greeting', '__proto__', '{"prompt_id":"x","directory":"y"', '全书翻译', '"\\\n']

describe('the file of summaries', () => {
  it('has one line for each prompt, found by its id', async () => {
    const text = IDS.map((id) => encodeSummaryLine(id, proven)).join('')
    expect(text.split('\n')).toHaveLength(IDS.length + 1)
    const lines = await summaryLines(Buffer.from(text))
    expect([...lines.keys()]).toEqual(IDS)
    for (const [id, line] of lines) expect(decodeSummaryLine(id, line)).toEqual(proven)
  })

  it('lets the last line of a prompt win', async () => {
    const again = { ...proven, facts: [] }
    const text = encodeSummaryLine('p', proven) + encodeSummaryLine('p', again)
    const line = (await summaryLines(Buffer.from(text))).get('p')
    expect(line && decodeSummaryLine('p', line)).toEqual(again)
  })

  it('does not believe a line with any other byte, or one that is cut', () => {
    const line = Buffer.from(encodeSummaryLine('p', proven).trimEnd())
    for (let at = 0; at < line.length; at++) {
      const damaged = Buffer.from(line)
      damaged.writeUInt8((damaged[at] ?? 0) ^ 1, at)
      expect(decodeSummaryLine('p', damaged)).toBeUndefined()
      expect(decodeSummaryLine('p', line.subarray(0, at))).toBeUndefined()
    }
    expect(decodeSummaryLine('q', line)).toBeUndefined()
  })

  it('finds no prompt in bytes of other programs', async () => {
    for (const text of [
      '',
      '\n\n',
      '{"prompt_id":"',
      '{"prompt_id":7,"directory":"',
      '\0'.repeat(99),
    ])
      expect((await summaryLines(Buffer.from(text))).size).toBe(0)
    const empty = '{"prompt_id":"","directory":"x"}'
    expect((await summaryLines(Buffer.from(empty))).size).toBe(0)
  })

  it('refuses facts of another form under a valid checksum', () => {
    for (const wrong of [
      { size: 1 },
      { version: '1.0.0' },
      { version: 'x', size: 1 },
      { version: '1.0.0', size: -1 },
      { version: '1.0.0', size: 1, author: 7 },
      { version: '1.0.0', size: 1, constructor: 1 },
      null,
      [],
    ]) {
      const line = encodeSummaryLine('p', { stamp: 's', facts: [wrong as never] }).trimEnd()
      expect(decodeSummaryLine('p', Buffer.from(line)), JSON.stringify(wrong)).toBeUndefined()
    }
  })
})
