import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { LockService } from '../../../src/locks/lock-service.js'
import { Peer } from '../../proof/processes/peers.js'

const SCRIPT = fileURLToPath(new URL('peer.mjs', import.meta.url))
const SHORT_MS = 500
const LONG_MS = 60_000

/** One kind of lock, and where its locks are. */
export interface LockSubject {
  readonly name: string
  /** What peer.mjs opens. A new place for each call. */
  makePlace(): Promise<{ readonly kind: string } & Record<string, unknown>>
  open(place: Record<string, unknown>): Promise<LockService>
  /** Whether the lock of a killed process is free before its time is over. */
  readonly noticesDeath: boolean
}

/** What each kind of lock has to do. */
export function lockConformance(subject: LockSubject): void {
  const open = async (place: Record<string, unknown>): Promise<LockService> => {
    const locks = await subject.open(place)
    onTestFinished(async () => await locks.close())
    return locks
  }
  const startPeer = async (place: object): Promise<Peer> => await Peer.start(place, SCRIPT)

  describe(`locks: ${subject.name}`, () => {
    it('exclude others by name, and have a higher token each time', async () => {
      const place = await subject.makePlace()
      const [one, two] = [await open(place), await open(place)]
      const first = await one.acquire('a')
      expect(first).toMatchObject({ name: 'a', lost: { aborted: false } })
      expect(Number.isSafeInteger(first.token)).toBe(true)
      for (const service of [one, two])
        await expect(service.acquire('a', { waitMs: 0 })).rejects.toMatchObject({
          code: 'FS-LOCK-001',
          context: { lock: 'a', timeout_ms: 0 },
        })
      const other = await two.acquire('A', { waitMs: 0 })
      await first.release()
      const second = await two.acquire('a', { waitMs: 0 })
      expect(second.token).toBeGreaterThan(first.token)
      await Promise.all([other.release(), second.release()])
      const third = await one.acquire('a', { waitMs: 0 })
      expect(third.token).toBeGreaterThan(second.token)
      expect(third.lost.aborted).toBe(false)
    })

    it.each(['../x', 'a/b', 'CON', '{x}', "'; --", '\u{1F512}', 'n'.repeat(512)])(
      'take the name %j',
      async (name) => {
        const place = await subject.makePlace()
        const locks = await open(place)
        const lease = await locks.acquire(name, { waitMs: 0 })
        await expect(locks.acquire(name, { waitMs: 0 })).rejects.toMatchObject({
          code: 'FS-LOCK-001',
        })
        await lease.renew()
        await lease.release()
        await using again = await locks.acquire(name, { waitMs: 0 })
        expect(again.token).toBeGreaterThan(lease.token)
      },
    )

    it('wait for the holder, until they are released, aborted or closed', async () => {
      const place = await subject.makePlace()
      const [one, two] = [await open(place), await open(place)]
      const first = await one.acquire('a')
      const waiting = two.acquire('a', { waitMs: LONG_MS })
      const ended = new AbortController()
      const aborted = two.acquire('a', { waitMs: LONG_MS, signal: ended.signal })
      const reason = new Error('not needed any more')
      ended.abort(reason)
      await expect(aborted).rejects.toBe(reason)
      await first.release()
      const second = await waiting
      expect(second.token).toBeGreaterThan(first.token)
      const refused = expect(one.acquire('a', { waitMs: LONG_MS })).rejects.toMatchObject({
        code: 'FS-CLOSED-001',
      })
      await one.close()
      await refused
    })

    it('are held longer than their time, by renewals', async () => {
      const place = await subject.makePlace()
      const [one, two] = [await open(place), await open(place)]
      const lease = await one.acquire('a', { ttlMs: SHORT_MS * 8 })
      const before = lease.token
      await expect(
        two.acquire('a', { waitMs: SHORT_MS * 12, ttlMs: SHORT_MS }),
      ).rejects.toMatchObject({ code: 'FS-LOCK-001' })
      await lease.renew()
      expect(lease).toMatchObject({ token: before, lost: { aborted: false } })
    })

    it('are released with their service, whose holders learn it', async () => {
      const place = await subject.makePlace()
      const [one, two] = [await open(place), await open(place)]
      const lease = await one.acquire('a')
      await Promise.all([one.close(), one.close()])
      expect(lease.lost.reason).toMatchObject({ code: 'FS-CLOSED-001' })
      await expect(lease.renew()).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
      await lease.release()
      await expect(one.acquire('b')).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
      expect((await two.acquire('a', { waitMs: 0 })).token).toBeGreaterThan(lease.token)
    })

    it('are released once', async () => {
      const place = await subject.makePlace()
      const locks = await open(place)
      const lease = await locks.acquire('a')
      await Promise.all([lease.release(), lease.release()])
      const next = await locks.acquire('a', { waitMs: 0 })
      await lease.release()
      await next.renew()
      await expect(lease.renew()).rejects.toMatchObject({ code: 'FS-LOCK-002' })
      expect([lease.lost.aborted, next.lost.aborted]).toEqual([false, false])
    })

    it('have one holder at a time, with rising tokens, among many processes', async () => {
      const place = await subject.makePlace()
      const peers = await Promise.all(Array.from({ length: 4 }, async () => await startPeer(place)))
      const answers = await Promise.all(peers.map(async (peer) => peer.call('contend', 'a', 5)))
      const held = (answers as { token: number; from: string; to: string }[][])
        .flat()
        .map(({ token, from, to }) => ({ token, from: BigInt(from), to: BigInt(to) }))
        .sort((a, b) => a.token - b.token)
      expect(new Set(held.map(({ token }) => token)).size).toBe(20)
      for (const [at, { from }] of held.entries())
        if (at > 0) expect(from).toBeGreaterThan(held[at - 1]?.to ?? 0n)
    })

    it(`of a killed process are free ${subject.noticesDeath ? 'at once' : 'after their time'}`, async () => {
      const place = await subject.makePlace()
      const locks = await open(place)
      const peer = await startPeer(place)
      const ttlMs = subject.noticesDeath ? LONG_MS : SHORT_MS
      const token = await peer.call('acquire', 'a', { ttlMs })
      await peer.kill()
      const next = await locks.acquire('a', { waitMs: LONG_MS / 2 })
      expect(next.token).toBeGreaterThan(token as number)
    })

    it.skipIf(process.platform === 'win32')(
      'of a paused process pass to another, with a higher token, and the process learns it',
      async () => {
        const place = await subject.makePlace()
        const locks = await open(place)
        const peer = await startPeer(place)
        const token = await peer.call('acquire', 'a', { ttlMs: SHORT_MS })
        const lost = peer.call('lost', 'a')
        peer.signal('SIGSTOP')
        const next = await locks.acquire('a', { waitMs: LONG_MS })
        expect(next.token).toBeGreaterThan(token as number)
        peer.signal('SIGCONT')
        await expect(lost).resolves.toBe('FS-LOCK-002')
        await expect(peer.call('renew', 'a')).rejects.toMatchObject({ code: 'FS-LOCK-002' })
        // What it does about it takes nothing from the holder.
        await peer.call('release', 'a')
        await sleep(SHORT_MS)
        await next.renew()
        expect(next.lost.aborted).toBe(false)
      },
    )

    it('refuse wrong options', async () => {
      const locks = await open(await subject.makePlace())
      await expect(locks.acquire('')).rejects.toThrow(/"name"/)
      await expect(locks.acquire('a', { ttl: 1 } as object)).rejects.toThrow(/did you mean "ttlMs"/)
      await expect(locks.acquire('a', { ttlMs: 99 })).rejects.toThrow(RangeError)
    })
  })
}
