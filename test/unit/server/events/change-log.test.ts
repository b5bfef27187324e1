import { describe, expect, it } from 'vitest'
import { ChangeLog } from '../../../../src/server/events/change-log.js'
import { sampleVersion, saveAll } from '../../../../src/versions/conformance/subject.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'

describe('the log of changes', () => {
  it('numbers changes, and returns those after a position', async () => {
    const storage = new MemoryStorage()
    const log = new ChangeLog(storage, 10)
    const start = log.position
    const heard: string[] = []
    log.listen(({ position }) => void heard.push(position))
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    await log.catchUp({ fresh: true })
    expect(log.since(start)?.map(({ change }) => change)).toMatchObject([
      { kind: 'save', prompt_id: 'p', version: '1.0.0' },
    ])
    expect(heard).toEqual([log.position])
    expect(log.since(log.position)).toEqual([])
    await log.close()
  })

  it('does not know what is too old, or of another run of the server', async () => {
    const storage = new MemoryStorage()
    const log = new ChangeLog(storage, 2)
    const start = log.position
    await saveAll(storage, 'p', ['1.0.0', '1.0.1', '1.0.2', '1.0.3', '1.0.4', '1.0.5'])
    await log.catchUp({ fresh: true })
    for (const unknown of [start, 'other-0', '', `${start.split('-')[0]}-99`, `${start}x`])
      expect(log.since(unknown)).toBeUndefined()
    await log.close()
  })
})
