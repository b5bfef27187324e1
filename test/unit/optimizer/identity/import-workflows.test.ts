import { describe, expect, it } from 'vitest'
import type { PromptVersion } from '../../../../src/versions/prompts/prompt-version.js'
import { StorageError } from '../../../../src/base/errors.js'
import type { FileImport } from '../../../../src/optimizer/identity/file-import.js'
import { importWorkflows } from '../../../../src/optimizer/identity/import-workflows.js'
import type { WorkflowSource } from '../../../../src/optimizer/identity/read-sources.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { readWorkflowText, WORKFLOW_FILES } from '../workflow-files.js'

const realSources = WORKFLOW_FILES.map((file) => ({ file, content: readWorkflowText(file) }))

function flow(text: string, name = 'flow', node = 'n', role = 'system'): WorkflowSource {
  const nodes = [{ id: node, data: { type: 'llm', prompt_template: [{ role, text }] } }]
  return {
    file: `${name}.yml`,
    content: JSON.stringify({ app: { name }, workflow: { graph: { nodes } } }),
  }
}

function counts(files: readonly FileImport[]): readonly [number, number, number, number] {
  const sum = (count: 'created' | 'updated' | 'unchanged' | 'skippedEmpty'): number =>
    files.reduce((total, file) => total + file[count], 0)
  return [sum('created'), sum('updated'), sum('unchanged'), sum('skippedEmpty')]
}

async function allVersions(storage: MemoryStorage): Promise<readonly PromptVersion[]> {
  const ids = await storage.listPromptIds()
  return (await Promise.all(ids.map(async (id) => await storage.listVersions(id)))).flat()
}

describe('importWorkflows', () => {
  it('stores every prompt of the real workflows as 1.0.0, and nothing on the second run', async () => {
    const storage = new MemoryStorage()
    expect(counts(await importWorkflows(realSources, { storage }))).toEqual([117, 0, 0, 3])
    const stored = await allVersions(storage)
    expect(stored.map(({ version }) => version)).toEqual(Array.from({ length: 117 }, () => '1.0.0'))
    expect(counts(await importWorkflows(realSources, { storage }))).toEqual([0, 0, 117, 3])
    expect(await allVersions(storage)).toEqual(stored)
  })

  it('gives a changed prompt the next patch version, and only that one', async () => {
    const storage = new MemoryStorage()
    await importWorkflows(realSources, { storage })
    const changed = realSources.map(({ file, content }) => ({
      file,
      content: content.replaceAll('你是一个小助手', '你是一个大助手'),
    }))
    const files = await importWorkflows(changed, { storage })
    expect(counts(files)).toEqual([0, 1, 116, 3])
    expect(
      files.flatMap(({ prompts }) => prompts).filter(({ outcome }) => outcome === 'updated'),
    ).toEqual([{ prompt_id: 'Artifact_llm', version: '1.0.1', outcome: 'updated' }])
    const latest = await storage.getLatestVersion('Artifact_llm')
    expect(latest).toMatchObject({
      version: '1.0.1',
      parent_version: '1.0.0',
      prompt: { text: '你是一个大助手' },
    })
  })

  it('puts the author and the metadata that it is given into the versions of prompts', async () => {
    const storage = new MemoryStorage()
    await importWorkflows([flow('first')], { storage })
    const metadata = { run: 'one', author: 'of the metadata' }
    await importWorkflows([flow('second')], { storage, author: 'ada', metadata })
    const [first, second] = await storage.listVersions('flow_n')
    expect(first?.metadata).toEqual({ author: 'baseline', strategy: null })
    expect(second?.metadata).toEqual({ author: 'ada', strategy: null, run: 'one' })
    for (const wrong of [{ author: '' }, { metadata: [] as never }])
      await expect(importWorkflows([flow('third')], { storage, ...wrong })).rejects.toThrow(
        /Option "(author|metadata)" must be/,
      )
  })

  it('makes a new version of a text that goes back to an older one', async () => {
    const storage = new MemoryStorage()
    for (const text of ['a', 'b', 'a', 'a']) await importWorkflows([flow(text)], { storage })
    const versions = await storage.listVersions('flow_n')
    expect(versions.map(({ version, prompt }) => [version, prompt.text])).toEqual([
      ['1.0.0', 'a'],
      ['1.0.1', 'b'],
      ['1.0.2', 'a'],
    ])
  })

  it('makes a new version when only the role changes', async () => {
    const storage = new MemoryStorage()
    await importWorkflows([flow('a')], { storage })
    expect(counts(await importWorkflows([flow('a', 'flow', 'n', 'user')], { storage }))).toEqual([
      0, 1, 0, 0,
    ])
  })

  it('makes no new version when only the title or the model changes', async () => {
    const storage = new MemoryStorage()
    const [source] = realSources.filter(({ file }) => file === 'Artifact.yml')
    const content = source?.content ?? ''
    await importWorkflows([{ file: 'a.yml', content }], { storage })
    const renamed = content.replaceAll('title: LLM', 'title: Renamed')
    expect(renamed).not.toBe(content)
    expect(
      counts(await importWorkflows([{ file: 'a.yml', content: renamed }], { storage })),
    ).toEqual([0, 0, 2, 0])
  })

  it('refuses what is not a workflow with its reason, and imports the rest', async () => {
    const storage = new MemoryStorage()
    const sources = [
      flow('a', 'first'),
      { file: 'broken.yml', content: 'a: [1, 2' },
      { file: 'other.yml', content: 'name: docker' },
      flow('b', 'last'),
    ]
    const files = await importWorkflows(sources, { storage })
    expect(files.map(({ file, refused }) => [file, refused])).toEqual([
      ['first.yml', undefined],
      ['broken.yml', expect.stringContaining('broken.yml cannot be parsed as YAML')],
      ['other.yml', expect.stringContaining('it has no "workflow" mapping')],
      ['last.yml', undefined],
    ])
    expect(await storage.listPromptIds()).toEqual(['first_n', 'last_n'])
  })

  it('refuses the second of two files that come to the same ids, naming both', async () => {
    const storage = new MemoryStorage()
    const second = { ...flow('b'), file: 'copy.yml' }
    const files = await importWorkflows([flow('a'), second], { storage })
    expect(files[1]?.refused).toMatch(
      /^copy\.yml has the same prompt ids as flow\.yml \(the workflow name is "flow"/,
    )
    expect(await storage.listVersions('flow_n')).toMatchObject([{ prompt: { text: 'a' } }])
  })

  it('refuses a prompt whose id the store has for another node', async () => {
    const storage = new MemoryStorage()
    await importWorkflows([flow('a', 'x_y', 'z')], { storage })
    const [file] = await importWorkflows([flow('b', 'x', 'y_z')], { storage })
    expect(file?.refused).toContain('but the store has it for node z of x_y')
    expect(await storage.listVersions('x_y_z')).toHaveLength(1)
  })

  it.each([
    ['a text over the limit', flow('x'.repeat(100_001)), 'at most 100000 characters'],
    ['an id over the limit', flow('x', 'n'.repeat(1025)), '1024'],
    ['an id with NUL', flow('x', 'a\0b'), 'NUL'],
    ['a lone surrogate', flow('\ud800'), 'lone surrogates'],
  ])('refuses a file with %s and stores nothing of it', async (_what, source, reason) => {
    const storage = new MemoryStorage()
    const files = await importWorkflows([source, flow('fine', 'fine')], { storage })
    expect(files[0]?.refused).toContain(reason)
    expect(await storage.listPromptIds()).toEqual(['fine_n'])
  })

  it('saves many prompts at the same time, within the given bound', async () => {
    const storage = new CountingStorage()
    const many = Array.from({ length: 600 }, (_, index) => flow('text', `flow${index}`))
    await importWorkflows(many, { storage, concurrency: 64 })
    expect(storage.mostAtOnce).toBe(64)
    expect(await storage.listPromptIds()).toHaveLength(600)
  })

  it('makes one version of each text when several imports run at the same time', async () => {
    const storage = new MemoryStorage()
    const many = Array.from({ length: 20 }, (_, index) => flow('text', `flow${index}`))
    const imports = Array.from({ length: 8 }, async () => await importWorkflows(many, { storage }))
    const outcomes = (await Promise.all(imports)).map(counts)
    expect(outcomes.reduce((sum, [created]) => sum + created, 0)).toBe(20)
    expect(outcomes.reduce((sum, [, updated]) => sum + updated, 0)).toBe(0)
    expect(await allVersions(storage)).toHaveLength(20)
  })

  it('tells how far it is after every save', async () => {
    const steps: string[] = []
    const onProgress = (done: number, total: number): unknown => steps.push(`${done}/${total}`)
    const storage = new MemoryStorage()
    await importWorkflows([flow('a', 'a'), flow('b', 'b')], { storage, onProgress })
    expect(steps).toEqual(['1/2', '2/2'])
    await importWorkflows([flow('a', 'a'), flow('b', 'b')], { storage, onProgress })
    expect(steps).toHaveLength(2)
  })

  it('stops at a signal, keeps what was saved, and completes when it is run again', async () => {
    const storage = new MemoryStorage()
    const controller = new AbortController()
    const reason = new Error('enough')
    const many = Array.from({ length: 50 }, (_, index) => flow('text', `flow${index}`))
    const onProgress = (done: number): void => {
      if (done === 10) controller.abort(reason)
    }
    const ended = importWorkflows(many, {
      storage,
      concurrency: 2,
      signal: controller.signal,
      onProgress,
    })
    await expect(ended).rejects.toBe(reason)
    const saved = (await storage.listPromptIds()).length
    expect(saved).toBeGreaterThanOrEqual(10)
    expect(saved).toBeLessThan(50)
    expect(counts(await importWorkflows(many, { storage }))).toEqual([50 - saved, 0, saved, 0])
  })

  it('is completed by the same import where the outcome of a save was unknown', async () => {
    const storage = new MemoryStorage()
    const save = storage.transact.bind(storage)
    storage.transact = async (...given) => {
      const result = await save(...given)
      if (given[0].includes('holdfast:workflow:flow')) return result
      throw new StorageError('FS-TIMEOUT-001', 'the outcome is unknown')
    }
    const sources = [flow('hello')]
    await expect(importWorkflows(sources, { storage })).rejects.toThrow('the outcome is unknown')
    storage.transact = save
    expect(counts(await importWorkflows(sources, { storage }))).toEqual([0, 0, 1, 0])
    expect((await allVersions(storage)).map(({ version }) => version)).toEqual(['1.0.0'])
  })

  it('completes when the storage is closed after the call, and is refused after that', async () => {
    const storage = new MemoryStorage()
    const importing = importWorkflows(realSources, { storage, concurrency: 2 })
    const closing = storage.close()
    expect(counts(await importing)).toEqual([117, 0, 0, 3])
    await closing
    await expect(importWorkflows(realSources, { storage })).rejects.toThrow('closed')
  })

  it('rejects with the error of the storage when a save fails', async () => {
    const storage = new MemoryStorage()
    await storage.close()
    await expect(importWorkflows([flow('a')], { storage })).rejects.toMatchObject({
      code: 'FS-CLOSED-001',
    })
  })
})

/** Remembers how many saves were under way at once. */
class CountingStorage extends MemoryStorage {
  mostAtOnce = 0
  #now = 0

  override async transact<Result>(
    ...given: Parameters<typeof MemoryStorage.prototype.transact<Result>>
  ): Promise<Result> {
    this.#now += 1
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#now)
    await new Promise((resolve) => setImmediate(resolve))
    const result = await super.transact(...given)
    this.#now -= 1
    return result
  }
}
