import { PromptListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { describe, expect, it } from 'vitest'
import { announceChanges } from '../../../src/mcp/list-changes.js'
import type { Place } from '../../../src/mcp/place.js'
import { connected } from './connected.js'

/** A server that only counts what it announces. */
function counting(): {
  readonly server: McpServer
  readonly announced: () => number
  readonly resources: () => number
} {
  let [prompts, resources] = [0, 0]
  const server = {
    server: {
      sendPromptListChanged: () => Promise.resolve(void prompts++),
      sendResourceListChanged: () => Promise.resolve(void resources++),
    },
  }
  return {
    server: server as unknown as McpServer,
    announced: () => prompts,
    resources: () => resources,
  }
}

const never = (error: Error): never => {
  throw error
}

describe('changes of the lists', () => {
  it('are moves of the label for prompts, and versions for resources', async () => {
    const { registry, storage, place } = await connected()
    const { server, announced, resources } = counting()
    const rules = { signal: new AbortController().signal, onFailure: never }
    const done = announceChanges(server, place, rules)
    await registry.publish('p', { text: 'One' }, { labels: ['production', 'staging'] })
    await registry.publish('p', { text: 'Two' })
    await registry.label('p', 'production', '1.0.1')
    await expect.poll(announced).toBe(2)
    await storage.close()
    await done
    expect([announced(), resources()]).toEqual([2, 2])
  })

  it('end with the signal', async () => {
    const { place } = await connected()
    const ending = new AbortController()
    const { server } = counting()
    const done = announceChanges(server, place, { signal: ending.signal, onFailure: never })
    ending.abort()
    await done
    expect(ending.signal.aborted).toBe(true)
  })

  it('report a watch that fails', async () => {
    const { place } = await connected()
    const broken = Object.create(place.storage, {
      watch: {
        value: () => {
          throw new Error('No more watches')
        },
      },
    }) as Place['storage']
    const failures: string[] = []
    const rules = {
      signal: new AbortController().signal,
      onFailure: (error: Error) => void failures.push(error.message),
    }
    await announceChanges(counting().server, { ...place, storage: broken }, rules)
    expect(failures).toEqual(['No more watches'])
  })

  it('are a notification that clients of the SDK have a schema for', () => {
    const notification = { method: 'notifications/prompts/list_changed' }
    expect(PromptListChangedNotificationSchema.safeParse(notification).success).toBe(true)
  })
})
