// Locks that are waited for, in turn and out of turn; calls that are aborted and abandoned; handles that are closed or
// collected with calls under way.
import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf, expectCode } from './addon.mjs'
import { create, Journal } from './journal.mjs'

const GIVEN_UP = ['ok', 'ECANCELED', 'ELOCKTIMEOUT', 'EBUSY']

export async function waits(addon, directory, scale) {
  const { handle: volume } = await addon.openAt(directory)
  const journal = await Journal.open(addon, volume)
  const other = await Journal.open(addon, volume, { begin: false })
  for (let round = 0; round < 3 * scale; round++) {
    await shutOut(addon, volume)
    await behindALock(addon, journal, other, round)
    await abandonedAtWork(addon, volume, round)
    collected(addon, volume)
  }
  await expectCode('ok', other.commit([[create('still', 'well')]]))
  other.close()
  // Closed with a commit under way: it has its own reference.
  const last = journal.commit([[create('last', 'x')]])
  journal.close()
  addon.closeVolume(volume)
  await expectCode('ok', last)
}

async function shutOut(addon, volume) {
  const held = await addon.lock(volume, '.held', true, 0)
  await expectCode('ELOCKTIMEOUT', addon.lock(volume, '.held', false, 10))
  const waiting = Array.from({ length: 40 }, () => {
    const lock = addon.lock(volume, '.held', true, 60_000)
    return { call: addon.lastCall, code: codeOf(lock) }
  })
  await sleep(5)
  for (const [at, { call }] of waiting.entries()) {
    if (at % 2 === 0) addon.abort(call)
    else addon.abandon(call)
  }
  for (const { code } of waiting) await expectCode(GIVEN_UP, code.then(throwIfBad))
  await addon.downgrade(held)
  const shared = await addon.lock(volume, '.held', false, 1000)
  await Promise.all([addon.release(shared), addon.release(held)])
}

function throwIfBad(code) {
  if (code !== 'ok') throw Object.assign(new Error(code), { code })
}

/** Commits of one committer queue behind another's lock; some give up, the rest go on in order. */
async function behindALock(addon, journal, other, round) {
  journal.rewind()
  await addon.lockWriter(other.handle, 1000)
  const waiting = Array.from({ length: 30 }, (_, at) => {
    const commit = journal.commit([[create(`q${round}/${at}`, 'x')]], { flush: false })
    return { call: addon.lastCall, code: codeOf(commit) }
  })
  const late = codeOf(addon.lockWriter(journal.handle, 20))
  await sleep(10)
  for (const [at, { call }] of waiting.entries()) {
    if (at % 5 === 1) addon.abort(call)
    if (at % 5 === 2) addon.abandon(call)
  }
  await addon.unlockWriter(other.handle)
  const codes = await Promise.all(waiting.map(({ code }) => code))
  if (codes.some((code) => !GIVEN_UP.includes(code))) throw new Error(`unexpected: ${codes}`)
  if ((await late) === 'ok') await addon.unlockWriter(journal.handle)
}

/** What is abandoned while a system call runs ends by itself. */
async function abandonedAtWork(addon, volume, round) {
  const large = new Uint8Array(4 << 20)
  const calls = Array.from({ length: 8 }, (_, at) => {
    const done = addon.write(volume, `large-${at}`, large, true, true)
    const call = addon.lastCall
    return done.then(
      () => call,
      () => call,
    )
  })
  await sleep(round % 3)
  for (let call = addon.lastCall - 7; call <= addon.lastCall; call++) addon.abandon(call)
  await Promise.all(calls)
}

/** Handles that are closed by the collector alone. */
function collected(addon, volume) {
  for (let at = 0; at < 20; at++) {
    void addon.lock(volume, `.l${at}`, false, 0)
    void addon.openCommitter(volume, '.lock', '.shared', 0)
    void addon.read(volume, 'large-0', 0, 4 << 20, true)
  }
  globalThis.gc?.()
}
