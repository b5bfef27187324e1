import { describe, expect, it } from 'vitest'
import { StorePort } from '../../../../src/server/port/store-port.js'
import { sampleVersion, saveAll } from '../../../../src/versions/conformance/subject.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { NO_HEAD } from '../../../../src/versions/prompt-heads.js'

const AT = '2025-01-17T10:30:00.000Z'
const ADMIN = { name: undefined, mayMoveProtected: true }
const WRITER = { name: 'ann', mayMoveProtected: false }

function moved(label: string, to: string, reason: string | null = null) {
  const head = { ...NO_HEAD, labels: { [label]: { version: to, at: AT, by: null, reason } } }
  const moves = [{ label, from: null, to, by: null, reason, at: AT }]
  return {
    views: [{ prompt_id: 'p', head: null, versions: [to] }],
    changes: [
      {
        prompt_id: 'p',
        save: [],
        delete: [],
        requires: [to],
        head: JSON.stringify(head),
        moves: JSON.stringify(moves),
      },
    ],
  }
}

describe('the port of a store', () => {
  it('commits a decision once, and returns the prompts as they are for one that came late', async () => {
    const storage = new MemoryStorage()
    await saveAll(storage, 'p', ['1.0.0'])
    const port = new StorePort(storage)
    expect(await port.commit(moved('a', '1.0.0'), WRITER)).toEqual({ outcome: 'committed' })
    const late = await port.commit(moved('b', '1.0.0'), WRITER)
    expect(late).toMatchObject({ outcome: 'changed', views: [{ prompt_id: 'p' }] })
    expect(await storage.listLabelMoves('p')).toMatchObject([{ label: 'a', by: 'ann' }])
  })

  it('keeps protected labels where they are, also where no move is given', async () => {
    const storage = new MemoryStorage()
    await saveAll(storage, 'p', ['1.0.0'])
    const port = new StorePort(storage, ['production'])
    const code = 'OPT-LABEL-001'
    const request = moved('production', '1.0.0', 'released')
    await expect(port.commit(request, WRITER)).rejects.toMatchObject({ code })
    const hidden = { ...request, changes: request.changes.map((one) => ({ ...one, moves: '[]' })) }
    await expect(port.commit(hidden, WRITER)).rejects.toMatchObject({ code })
    await expect(port.commit(moved('production', '1.0.0'), ADMIN)).rejects.toMatchObject({ code })
    expect(await port.commit(request, ADMIN)).toEqual({ outcome: 'committed' })
  })

  it('pages through ids, and shows records and what has a history only', async () => {
    const storage = new MemoryStorage()
    await saveAll(storage, 'p', ['1.0.0'])
    await saveAll(storage, 'holdfast:x:y', ['1.0.0'])
    const port = new StorePort(storage)
    expect(await port.ids({})).toEqual({ ids: ['holdfast:x:y', 'p'], has_more: false })
    expect(await port.ids({ after: 'holdfast:x:y' })).toEqual({ ids: ['p'], has_more: false })
    await storage.deleteVersion('p', '1.0.0')
    expect((await port.ids({ past: true })).ids).toContain('p')
    expect((await port.ids({})).ids).not.toContain('p')
  })

  it('inserts all or nothing, and returns what is there already', async () => {
    const storage = new MemoryStorage()
    await saveAll(storage, 'p', ['1.0.0'])
    const port = new StorePort(storage)
    const { documents } = await port.documents({ prompt_id: 'p', versions: ['1.0.0'] })
    const text = documents[0]?.text ?? ''
    const again = { documents: [{ prompt_id: 'p', text }], present: [] }
    expect(await port.insert(again)).toMatchObject({
      outcome: 'taken',
      documents: [{ prompt_id: 'p', version: '1.0.0' }],
    })
    const present = [{ prompt_id: 'p', version: '9.0.0' }]
    expect(await port.insert({ ...again, present })).toEqual({ outcome: 'missing' })
    expect(await port.document('p', '1.0.0')).toMatchObject({ text })
    expect(await port.document('p', '2.0.0')).toBeUndefined()
  })

  it('answers from a storage that was emptied', async () => {
    const storage = new MemoryStorage()
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    const port = new StorePort(storage)
    expect(await port.clear()).toEqual({ outcome: 'committed' })
    expect((await port.info()).known_since).toContain('cleared')
    expect(await port.knowSince({ known: null })).toEqual({ outcome: 'committed' })
    expect(await port.info()).toEqual({ lag_ms: 0, known_since: null })
  })
})
