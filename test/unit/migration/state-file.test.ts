import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NO_STATE, readState, runLine, StateFile } from '../../../src/migration/state-file.js'
import { tempDirectory } from '../../support/temp.js'

const NAMES = { from: 'file:a', to: 'file:b' }
const AT = '2025-01-01T00:00:00.000Z'
const KNOWN = { since: AT, reason: 'cleared' }

async function path(): Promise<string> {
  return join(await tempDirectory(), 'state.jsonl')
}

describe('the state of a migration', () => {
  it('says what was announced of each prompt, over several runs', async () => {
    const file = await path()
    const first = await StateFile.open(file, NAMES.from, NAMES.to)
    expect(first.recorded).toMatchObject({ run: undefined, knownBefore: undefined })
    const prompt = { kind: 'prompt', prompt_id: 'p', head: null, history: [] } as const
    const change = { kind: 'change', prompt_id: 'p' } as const
    await first.append(runLine(NAMES, KNOWN, AT))
    await first.append({ ...prompt, versions: ['0.1.0'] })
    await first.append({ ...change, versions: { '1.0.0': 'a' } })
    await first.close()
    await appendFile(file, '{"kind":"change","prompt_id":"p","versi')
    const second = await StateFile.open(file, NAMES.from, NAMES.to)
    await second.append(runLine(NAMES, undefined, AT))
    await second.append({ ...prompt, versions: ['0.1.0', '1.0.0'] })
    await second.append({ ...change, versions: { '1.1.0': 'b' }, record: 'r' })
    await second.append({ kind: 'complete', known: null, at: AT })
    await second.close()
    const { run, prompts, knownBefore, knownAfter } = await readState(file)
    expect([run?.from, run?.to, knownBefore, knownAfter]).toEqual(['file:a', 'file:b', KNOWN, null])
    expect(prompts.get('p')).toEqual({
      before: { versions: ['0.1.0'], head: null, history: [] },
      saved: new Map([
        ['1.0.0', 'a'],
        ['1.1.0', 'b'],
      ]),
      records: new Set(['r']),
    })
    const third = await StateFile.open(file, NAMES.from, NAMES.to)
    await third.append({ kind: 'rolled_back', at: AT })
    await third.close()
    expect(await readState(file)).toMatchObject({ prompts: new Map(), knownBefore: undefined })
  })

  it('is refused for other stores, and for the file of another program', async () => {
    const file = await path()
    const state = await StateFile.open(file, NAMES.from, NAMES.to)
    await state.append(runLine(NAMES, undefined, AT))
    await state.close()
    await expect(StateFile.open(file, 'file:a', 'file:c')).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
      context: { reason: 'other_migration', from: 'file:a', to: 'file:b' },
    })
    const foreign = await path()
    await writeFile(foreign, 'some notes\n')
    await expect(readState(foreign)).rejects.toMatchObject({ context: { reason: 'foreign' } })
    const missing = join(await tempDirectory(), 'missing', 'state')
    await expect(StateFile.open(missing, 'a', 'b')).rejects.toMatchObject({ code: /^FS-/ })
  })

  it('of a migration without a file is not kept', async () => {
    await NO_STATE.append(runLine(NAMES, undefined, AT))
    expect(NO_STATE.recorded.prompts.size).toBe(0)
  })
})
