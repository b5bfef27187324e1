import { createHash } from 'node:crypto'
import { canonicalJson } from '../../../src/document/checksum.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import { PromptRegistry } from '../../../src/versions/registry/prompt-registry.js'
import type { VersionStore } from '../../../src/versions/version-store.js'
import type { Numbers } from './random.js'

const VERSIONS_A_PROMPT = 200
const FIRST_MS = Date.parse('2024-01-01T00:00:00.000Z')

/** A storage in memory as years of work leave one: labels that moved, tags, deprecations, deletions. */
export async function makeSource(versions: number, numbers: Numbers): Promise<MemoryStorage> {
  let ms = FIRST_MS
  const storage = new MemoryStorage({ now: () => new Date((ms += 1000)) })
  const registry = new PromptRegistry({ storage })
  const prompts = Math.max(1, Math.round(versions / VERSIONS_A_PROMPT))
  for (let prompt = 0; prompt < prompts; prompt++) {
    const promptId = `${prompt % 10 === 0 ? 'Über/原 ' : 'prompt-'}${prompt}`
    const count = Math.round(versions / prompts)
    for (let number = 0; number < count; number++) {
      const version = `${Math.floor(number / 40)}.${Math.floor(number / 8) % 5}.${number % 8}`
      const text = `${numbers.text(20 + numbers.below(1500))}\r\n🙂 ${version}`
      const { prompt: sample, ...document } = sampleVersion(promptId, version)
      await storage.saveVersion({ ...document, prompt: { ...sample, text } })
      if (number % 10 === 5) await registry.label(promptId, 'production', version, { by: 'ada' })
      if (number % 25 === 7)
        await registry.label(promptId, 'staging', version, { reason: text.slice(0, 20) })
      if (number % 30 === 9)
        await registry.tag(promptId, version, { add: ['reviewed', `n${number}`] })
      if (number % 50 === 11) await registry.deprecate(promptId, version, { reason: 'too long' })
      if (number % 40 === 13) await storage.deleteVersion(promptId, version)
    }
  }
  return storage
}

/** What a storage holds, by prompt, as its public methods show it: a checksum of each part. */
export async function digestsOf(storage: VersionStore): Promise<Record<string, string>> {
  const digests: Record<string, string> = {}
  for (const promptId of await storage.listPromptIds()) {
    const summaries = await storage.listVersionSummaries(promptId)
    const times = summaries.map(({ version, saved_at: at }) => [version, at])
    const documents = []
    for await (const document of storage.versions({ promptId }))
      documents.push(JSON.stringify(document))
    const { history } = await storage.copies.state(promptId)
    const head = await storage.readHead(promptId)
    digests[promptId] = createHash('sha256')
      .update(canonicalJson({ times, documents, head, history }))
      .digest('hex')
  }
  return digests
}
