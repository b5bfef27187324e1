// Stores whose versions are in other forms and directories than those they were saved in.
import { existsSync } from 'node:fs'
import { documentOf, named, promptFactsOf } from './documents.mjs'

/** Old versions are compressed; of one prompt all are plain again. One of the files in the trash is compressed, too. */
export async function compressed(open) {
  const storage = await open()
  const documents = ['greeting', 'plain', 'long '.repeat(100)].flatMap((id) =>
    ['1.0.0', '1.1.0', '2.0.0'].map((name) =>
      documentOf(id, name, 'Again and again. '.repeat(200)),
    ),
  )
  await storage.saveVersions(documents)
  await storage.saveVersion(documentOf('greeting', '0.9.0', 'Again and again. '.repeat(200)))
  await storage.compress()
  await storage.decompress({ promptId: 'plain' })
  await storage.deleteVersion('greeting', '0.9.0')
  const trash = await storage.listTrash()
  return {
    storage,
    facts: trash.length > 0 ? { documents, trash: trash.map(named) } : { documents },
  }
}

/** The process ends when some prompts are in the new layout and the others are not. */
export async function halfResharded(open) {
  const storage = await open()
  const ids = Array.from({ length: 40 }, (_, at) => `prompt ${at}`)
  const documents = [...ids, 'long '.repeat(100)].flatMap((id) =>
    ['1.0.0', '1.1.0'].map((name) => documentOf(id, name)),
  )
  await storage.saveVersions(documents)
  const note = { at: '2026-01-01T00:00:00.000Z', by: 'Ada', reason: null }
  for (const promptId of ids.slice(0, 5)) {
    const labels = { production: { version: '1.0.0', ...note } }
    const head = { labels, highest: null, tags: {}, deprecated: {} }
    const moves = [{ label: 'production', from: null, to: '1.0.0', ...note }]
    const changes = [{ promptId, head, moves }]
    await storage.transact([promptId], () => ({ changes, result: undefined }))
  }
  const prompts = await promptFactsOf(storage, ids.slice(0, 5))
  const files = documents.map((one) => storage.pathOf(one.prompt_id, one.version))
  const left = () => files.filter((path) => existsSync(path)).length
  void storage.reshard({ depth: 2 })
  while (left() === files.length) await new Promise((resolve) => setImmediate(resolve))
  if (left() === 0) throw new Error('All versions were moved at once: make more of them')
  return { storage, facts: { documents, prompts } }
}
