import { describe, expect, it } from 'vitest'
import {
  idOf,
  labelled,
  labelsOf,
  latestOf,
  promptAnswer,
  tagsOf,
  updatedAt,
} from '../../../../src/server/langfuse/prompt-answer.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { NO_HEAD, type PromptView } from '../../../../src/versions/prompt-heads.js'
import type { PromptContent } from '../../../../src/versions/prompts/prompt.js'
import { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import type { NumberedVersion } from '../../../../src/server/langfuse/prompt-answer.js'

const MOVED = '2026-06-07T08:09:10.000Z'

async function version(content: PromptContent): Promise<NumberedVersion> {
  const storage = new MemoryStorage()
  const registry = new PromptRegistry({ storage, now: () => new Date('2026-01-02T03:04:05.678Z') })
  const document = await registry.publish('p', content, { author: 'ada', message: 'First' })
  const labels = { production: { version: '1.0.0', at: MOVED, by: null, reason: null } }
  const head = { ...NO_HEAD, labels, tags: { '1.0.0': ['a', 'b'] } }
  return { document, number: 7, view: { promptId: 'p', versions: ['1.0.0'], head } }
}

describe('a version as Langfuse returns it', () => {
  it('has every field of the API', async () => {
    expect(promptAnswer(await version({ text: 'Hi {{x}}', config: { t: 1 } }))).toEqual({
      id: idOf('p', 7),
      name: 'p',
      version: 7,
      type: 'text',
      prompt: 'Hi {{x}}',
      config: { t: 1 },
      labels: ['latest', 'production'],
      tags: ['a', 'b'],
      commitMessage: 'First',
      isActive: true,
      createdAt: '2026-01-02T03:04:05.678Z',
      updatedAt: MOVED,
      createdBy: 'ada',
      projectId: 'holdfast',
    })
  })

  it('is a chat with places for messages', async () => {
    const place = { role: 'placeholder', type: 'placeholder', name: 'history' }
    const found = await version({ messages: [{ role: 'user', content: 'Hi' }, place] })
    expect(promptAnswer(found)).toMatchObject({
      type: 'chat',
      prompt: [
        { role: 'user', content: 'Hi' },
        { type: 'placeholder', name: 'history' },
      ],
    })
  })

  it('is refused where the API has no form for it', async () => {
    const message = { role: 'assistant', content: null, tool_calls: [] }
    const found = await version({ messages: [message] })
    expect(() => promptAnswer(found)).toThrow(/more than a role and a text/)
  })
})

describe('labels', () => {
  const view: PromptView = {
    promptId: 'p',
    versions: ['1.0.0', '1.1.0', '2.0.0-beta'],
    head: {
      ...NO_HEAD,
      labels: { production: { version: '1.0.0', at: MOVED, by: null, reason: null } },
    },
  }

  it('have latest among them, which is the highest stable version', () => {
    expect(latestOf(view)).toBe('1.1.0')
    expect(latestOf({ ...view, versions: ['1.0.0-a'] })).toBe('1.0.0-a')
    expect(labelsOf(view, '1.1.0')).toEqual(['latest'])
    expect([labelled(view, 'latest'), labelled(view, 'production')]).toEqual(['1.1.0', '1.0.0'])
    expect(labelled(view, 'constructor')).toBeUndefined()
  })

  it('and tags are none where the prompt has no head', () => {
    const bare = { promptId: 'p', versions: ['1.0.0'], head: undefined }
    expect([labelsOf(bare, '1.0.0'), tagsOf(bare, '1.0.0')]).toEqual([['latest'], []])
    const created_at = '2026-01-02T03:04:05.678Z'
    expect(updatedAt(bare, { version: '1.0.0', created_at } as never)).toBe(created_at)
  })
})
