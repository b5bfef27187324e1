import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { importWorkflows } from '../../../../src/optimizer/identity/import-workflows.js'
import type { WorkflowSource } from '../../../../src/optimizer/identity/read-sources.js'
import { FileSystemStorage } from '../../../../src/index.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { seeded } from '../../../support/random.js'
import { tempDirectory } from '../../../support/temp.js'
import { app } from './apps.js'

const IMPORTER = join(import.meta.dirname, 'importer.mjs')
/** How many imports are killed. */
const KILLS = Number(process.env['HOLDFAST_IMPORT_KILLS'] ?? 4)
const APPS = 20
const QUESTION = { role: 'user', text: 'The question: {{#sys.query#}}' }

/** Apps before and after an edit that no id of a message helps with: one is inserted, one is rewritten, all are renamed. */
function states(): readonly (readonly WorkflowSource[])[] {
  const texts = (at: number): string[] => [
    `Answer for shop ${at} in one sentence.`,
    `Never name shop ${at}.`,
  ]
  return [false, true].map((isAfter) =>
    Array.from({ length: APPS }, (_, at) => {
      const [first = '', second = ''] = texts(at)
      const nodes = isAfter
        ? { llm: [`You work for shop ${at}.`, first, `${second} Be polite.`, QUESTION] }
        : { llm: [first, second, QUESTION] }
      return app(`apps/${at}.yml`, nodes, isAfter ? `shop ${at} (new)` : `shop ${at}`)
    }),
  )
}

type Readable = Pick<MemoryStorage, 'listPromptIds' | 'listVersions'>

/** Each prompt with its texts, and the document of each workflow without its times. */
async function contentOf(storage: Readable): Promise<unknown> {
  const content: Record<string, unknown> = {}
  for (const id of await storage.listPromptIds({ records: true })) {
    const versions = await storage.listVersions(id)
    content[id] = versions.map(({ version, prompt }) => [
      version,
      prompt.text,
      prompt.context['workflow'],
    ])
  }
  return content
}

async function importKilled(storageDir: string, file: string, afterMs: number): Promise<void> {
  const child = spawn(process.execPath, [IMPORTER, storageDir, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  await Promise.race([once(child.stdout, 'data'), ended])
  await setTimeout(afterMs)
  child.kill('SIGKILL')
  await ended
}

it('leaves what an import that was not killed would leave, once it is repeated', async () => {
  const [before = [], after = []] = states()
  const expected = new MemoryStorage()
  for (const state of [before, after]) await importWorkflows(state, { storage: expected })
  const directory = await tempDirectory()
  const [storageDir, file] = [join(directory, 'store'), join(directory, 'after.json')]
  await writeFile(file, JSON.stringify(after))
  {
    await using storage = await FileSystemStorage.open({ storageDir })
    await importWorkflows(before, { storage })
  }
  const moments = fc.sample(fc.nat(120), { ...seeded(KILLS) })
  for (const moment of moments) await importKilled(storageDir, file, moment)
  await using storage = await FileSystemStorage.open({ storageDir })
  await importWorkflows(after, { storage })
  expect(await contentOf(storage), `killed after ${moments.join(', ')} ms`).toEqual(
    await contentOf(expected),
  )
})

it('makes the same of a store when several imports of it run at once', async () => {
  const [before = [], after = []] = states()
  const storage = new MemoryStorage()
  await importWorkflows(before, { storage })
  await Promise.all(
    [1, 2, 3].map(async () => await importWorkflows(after, { storage, concurrency: 3 })),
  )
  const expected = new MemoryStorage()
  for (const state of [before, after]) await importWorkflows(state, { storage: expected })
  expect(await contentOf(storage)).toEqual(await contentOf(expected))
})
