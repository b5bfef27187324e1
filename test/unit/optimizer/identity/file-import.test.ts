import { describe, expect, it } from 'vitest'
import { refusedImport, reportOf } from '../../../../src/optimizer/identity/file-import.js'
import { planFiles } from '../../../../src/optimizer/identity/plan-files.js'
import { readSources } from '../../../../src/optimizer/identity/read-sources.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { app } from './apps.js'

describe('the report about a file', () => {
  it('counts what was saved as it turned out, and all else as it was planned', async () => {
    const [file] = await planFiles(
      readSources([app('bot.yml', { a: ['x'], b: ['y'] })], { optionalTexts: false }),
      {
        storage: new MemoryStorage(),
        concurrency: 1,
        signal: undefined,
        now: new Date(),
        appId: undefined,
        sameApp: false,
        marksGone: true,
      },
    )
    if (file === undefined) throw new Error('It was not planned')
    const other = { prompt_id: 'bot_a', version: '1.0.0', outcome: 'unchanged' } as const
    expect(reportOf(file, new Map([['bot_a', other]]))).toMatchObject({
      file: 'bot.yml',
      workflow: 'bot',
      created: 1,
      unchanged: 1,
      prompts: [other, { prompt_id: 'bot_b', version: '', outcome: 'created' }],
      gone: [],
      notes: [],
    })
  })

  it('has the reason of a refusal', () => {
    expect(refusedImport('x.yml', 'it is empty')).toMatchObject({
      refused: 'it is empty',
      created: 0,
    })
  })
})
