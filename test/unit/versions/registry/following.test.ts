import { describe, expect, it } from 'vitest'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import { tempDirectory } from '../../../support/temp.js'
import { memoryRegistry, REGISTRIES } from './registry-support.js'

for (const [name, make] of REGISTRIES)
  describe(`following a reference over ${name}`, () => {
    it('begins with what it names, and goes on when a label moves, is removed and is set again', async () => {
      const { registry } = await make()
      await registry.publish('p', { text: 'one' }, { labels: ['live'] })
      await registry.publish('p', { text: 'two' })
      const live = registry.watch('p', '@live')
      expect((await live.next()).value?.version).toBe('1.0.0')
      const waiting = live.next()
      await registry.label('p', 'live', '1.0.1')
      expect((await waiting).value?.version).toBe('1.0.1')
      await registry.unlabel('p', 'live')
      expect(await live.next()).toEqual({ done: false, value: undefined })
      await registry.label('p', 'live', '1.0.0')
      expect((await live.next()).value?.version).toBe('1.0.0')
      await live.return()
    })

    it('passes over what changes nothing, and gives a slow consumer the last state', async () => {
      const { registry, storage } = await make()
      await registry.publish('p', { text: 'one' })
      const latest = registry.watch('p')
      expect((await latest.next()).value?.version).toBe('1.0.0')
      await registry.publish('q', { text: 'of another prompt' })
      await registry.tag('p', '1.0.0', { add: ['good'] })
      for (const text of ['two', 'three', 'four']) await registry.publish('p', { text })
      expect((await latest.next()).value?.version).toBe('1.0.3')
      const waiting = latest.next()
      await storage.clearAll()
      expect(await waiting).toEqual({ done: false, value: undefined })
      await latest.return()
    })
  })

describe('the end of following', () => {
  it('comes with break, with the signal and with the storage, also for one that waits', async () => {
    const { registry, storage } = memoryRegistry()
    await registry.publish('p', { text: 'one' })
    const seen: string[] = []
    for await (const document of registry.watch('p')) {
      seen.push(document?.version ?? 'none')
      break
    }
    expect(seen).toEqual(['1.0.0'])

    const controller = new AbortController()
    const aborted = registry.watch('p', 'latest', { signal: controller.signal })
    await aborted.next()
    const waiting = aborted.next()
    controller.abort()
    expect(await waiting).toEqual({ done: true, value: undefined })
    const late = registry.watch('p', 'latest', { signal: controller.signal })
    expect(await late.next()).toEqual({ done: true, value: undefined })

    const returned = registry.watch('p')
    await returned.next()
    const last = returned.next()
    await returned.return()
    expect(await last).toEqual({ done: true, value: undefined })

    const closed = registry.watch('p')
    await closed.next()
    await registry.publish('p', { text: 'two' })
    await storage.close()
    // A change is still to be read, but the storage no longer is.
    expect(await closed.next()).toEqual({ done: true, value: undefined })
  })

  it('comes with the error of a read, such as of a storage that is closed already', async () => {
    const { registry, storage } = memoryRegistry()
    await storage.close()
    await expect(registry.watch('p').next()).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
  })

  it('is at once for what is not a reference, an option or a storage that reports changes', async () => {
    const { registry, storage } = memoryRegistry()
    expect(() => registry.watch('p', '@Live')).toThrow(TypeError)
    expect(() => registry.watch('')).toThrow(TypeError)
    expect(() => registry.watch('p', 'latest', { signal: {} as never })).toThrow('"signal"')
    expect(() => registry.watch('p', 'latest', { labels: true } as never)).toThrow('labels')
    const past = new PromptRegistry({ storage: storage.asOf(Date.now()) })
    expect(() => past.watch('p')).toThrow('view of the past')
  })
})

it('an application follows the label that another one moves', async () => {
  const storageDir = await tempDirectory()
  await using mine = await FileSystemStorage.open({ storageDir })
  await using theirs = await FileSystemStorage.open({ storageDir })
  const deploying = new PromptRegistry({ storage: theirs })
  await deploying.publish('p', { text: 'one' }, { labels: ['production'] })
  const live = new PromptRegistry({ storage: mine }).watch('p', '@production')
  expect((await live.next()).value?.prompt).toMatchObject({ text: 'one' })
  const waiting = live.next()
  await deploying.publish('p', { text: 'two' }, { labels: ['production'] })
  expect((await waiting).value?.prompt).toMatchObject({ text: 'two' })
  await live.return()
})
