import { describe, expect, it } from 'vitest'
import {
  ChangeFeed,
  checkWatchOptions,
  PENDING_CHANGES_MAX,
} from '../../../src/versions/change-feed.js'
import type { VersionChange } from '../../../src/versions/version-watch.js'

const at = '2025-01-17T10:30:00.000Z'
const saved = (promptId: string, version = '1.0.0'): VersionChange => ({
  kind: 'save',
  prompt_id: promptId,
  version,
  at,
})
const reset: VersionChange = { kind: 'reset', prompt_id: '', version: '', at }

describe('ChangeFeed', () => {
  it('hands every change to every watcher, each at its own pace', async () => {
    const feed = new ChangeFeed()
    const [first, second] = [feed.watch(), feed.watch()]
    feed.publish(saved('a'))
    feed.publish(saved('b'))
    expect([await first.next(), await first.next()].map(({ value }) => value)).toEqual([
      saved('a'),
      saved('b'),
    ])
    expect((await second.next()).value).toEqual(saved('a'))
  })

  it('answers several calls that wait in the order of the changes', async () => {
    const feed = new ChangeFeed()
    const watch = feed.watch()
    const waiting = [watch.next(), watch.next()]
    feed.publish(saved('a'))
    feed.publish(saved('b'))
    expect((await Promise.all(waiting)).map(({ value }) => value)).toEqual([saved('a'), saved('b')])
  })

  it('gives a watcher that does not keep up one reset, and then goes on', async () => {
    const feed = new ChangeFeed()
    const watch = feed.watch()
    for (let count = 0; count <= PENDING_CHANGES_MAX; count++)
      feed.publish(saved('a', `1.0.${count}`))
    feed.publish(saved('b'))
    expect([await watch.next(), await watch.next()].map(({ value }) => value)).toEqual([
      reset,
      saved('b'),
    ])
  })

  it('reports labels to those who ask for them, of their prompts', async () => {
    const feed = new ChangeFeed()
    const versions = feed.watch()
    expect(feed.watchesLabels).toBe(false)
    const [all, ofA] = [feed.watch({ labels: true }), feed.watch({ promptId: 'a', labels: true })]
    expect(feed.watchesLabels).toBe(true)
    const move = { label: 'live', from: null, to: '1.0.0', by: null, reason: null, at }
    feed.publishMoves('b', [move], at)
    feed.publishMoves('a', [], at)
    feed.publish(saved('a'))
    expect((await all.next()).value).toEqual({ kind: 'label', prompt_id: 'b', ...move })
    for (const one of [versions, all, ofA]) expect((await one.next()).value).toEqual(saved('a'))
  })

  it('says one reset to those who watch labels where the moves are not known', async () => {
    const feed = new ChangeFeed()
    const [versions, all] = [feed.watch(), feed.watch({ labels: true })]
    const ofB = feed.watch({ promptId: 'b', labels: true })
    for (const id of ['a', 'c']) feed.publishMoves(id, undefined, at)
    feed.publish(saved('b'))
    expect([(await all.next()).value, (await all.next()).value]).toEqual([reset, saved('b')])
    for (const one of [versions, ofB]) expect((await one.next()).value).toEqual(saved('b'))
  })

  it('forgets a watcher that breaks off', async () => {
    const feed = new ChangeFeed()
    const watch = feed.watch()
    feed.publish(saved('a'))
    feed.publish(saved('b'))
    for await (const change of watch) {
      expect(change).toEqual(saved('a'))
      break
    }
    expect(feed.watched).toBe(false)
    expect((await watch.next()).done).toBe(true)
  })

  it('forgets a watcher whose signal is aborted, and leaves nothing at the signal of one that ended', () => {
    const feed = new ChangeFeed()
    const controller = new AbortController()
    feed.watch({ signal: controller.signal })
    expect(feed.watched).toBe(true)
    controller.abort()
    expect(feed.watched).toBe(false)
    feed.watch({ signal: controller.signal })
    expect(feed.watched).toBe(false)
  })

  it('ends every watch when it is closed, after what is pending', async () => {
    const feed = new ChangeFeed()
    const [early, waiting] = [feed.watch(), feed.watch({ promptId: 'z' })]
    const next = waiting.next()
    feed.publish(saved('a'))
    feed.close()
    expect(await next).toEqual({ done: true, value: undefined })
    expect((await early.next()).value).toEqual(saved('a'))
    expect((await early.next()).done).toBe(true)
    expect(feed.watched).toBe(false)
  })
})

describe('checkWatchOptions', () => {
  it('refuses what is not an option', () => {
    for (const options of [{ promptId: '' }, { promptId: 5 }, { signal: {} }, { from: 1 }, null])
      expect(() => checkWatchOptions(options as never)).toThrow(TypeError)
    expect(() =>
      checkWatchOptions({ promptId: 'p', signal: new AbortController().signal }),
    ).not.toThrow()
  })
})
