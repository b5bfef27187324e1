import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sortVersions } from '../../../src/document/version-number.js'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { tempDirectory } from '../../support/temp.js'
import { documentOf } from './document.mjs'
import { startPeers, type PeerError } from './peers.js'

const PROCESSES = 8
const LONG_MS = 180_000

describe('many processes that write to one store', () => {
  test(
    'saves of 8 x 125 distinct prompts are all there, and in the index of every process without reopening',
    async () => {
      const storageDir = await tempDirectory()
      const peers = await startPeers(PROCESSES, { storageDir })
      await Promise.all(
        peers.map(async (peer, number) => await peer.call('saveMany', `p${number}`, 125)),
      )
      const expected = peers
        .flatMap((_, number) => Array.from({ length: 125 }, (_one, at) => `p${number}-${at}`))
        .sort()
      for (const peer of peers) expect(await peer.call('listPromptIds')).toEqual(expected)
      expect((await visible(storageDir)).sort()).toEqual(expected)
      const text = await readFile(join(storageDir, 'p7-124', '1.0.0.json'), 'utf8')
      expect(JSON.parse(text)).toMatchObject(documentOf('p7-124', '1.0.0'))
      await Promise.all(peers.map(async (peer) => await peer.close()))
      await using reopened = await FileSystemStorage.open({ storageDir })
      expect(await reopened.listPromptIds()).toEqual(expected)
      expect((await reopened.verify()).findings).toEqual([])
    },
    LONG_MS,
  )

  test(
    '8 x 25 versions of one prompt get 200 different numbers without a gap, known to every process at once',
    async () => {
      const storageDir = await tempDirectory()
      const peers = await startPeers(PROCESSES, { storageDir })
      const numbers = await Promise.all(
        peers.map(
          async (peer, number) =>
            (await peer.call('createVersions', 'one', 25, `process ${number}`)) as string[],
        ),
      )
      const expected = Array.from({ length: 200 }, (_, patch) => `1.0.${patch}`)
      expect(sortVersions(numbers.flat())).toEqual(expected)
      for (const peer of peers) {
        expect(await peer.call('listVersionNames', 'one')).toEqual(expected)
        expect(await peer.call('getLatestVersionName', 'one')).toBe('1.0.199')
      }
      const files = (await readdir(join(storageDir, 'one'))).map((name) =>
        name.replace('.json', ''),
      )
      expect(sortVersions(files)).toEqual(expected)
      for (const [number, versions] of numbers.entries()) {
        const text = await readFile(join(storageDir, 'one', `${versions[24]}.json`), 'utf8')
        expect(JSON.parse(text)).toMatchObject({ metadata: { author: `process ${number}` } })
      }
    },
    LONG_MS,
  )

  test(
    'of 8 processes that save the same version one wins, and the others are told that it exists',
    async () => {
      const storageDir = await tempDirectory()
      const peers = await startPeers(PROCESSES, { storageDir })
      for (const version of ['1.0.0', '1.0.1', '2.0.0', '3.0.0', '3.0.1']) {
        const outcomes = await Promise.allSettled(
          peers.map(
            async (peer, number) => await peer.call('save', 'wanted', version, `by ${number}`),
          ),
        )
        const winners = outcomes.flatMap(({ status }, number) =>
          status === 'fulfilled' ? [number] : [],
        )
        const losers = outcomes.flatMap((outcome) =>
          outcome.status === 'rejected' ? [outcome.reason as PeerError] : [],
        )
        expect(winners).toHaveLength(1)
        expect(losers.map(({ name }) => name)).toEqual(
          Array.from({ length: 7 }, () => 'VersionConflictError'),
        )
        const message = `Version ${version} already exists for prompt wanted`
        expect(losers.every((loser) => loser.message.includes(message))).toBe(true)
        for (const peer of peers) {
          expect(await peer.call('getVersion', 'wanted', version)).toMatchObject({
            prompt: { text: `by ${winners[0]}` },
          })
        }
      }
    },
    LONG_MS,
  )

  test(
    '1000 saves at once in one process are all there',
    async () => {
      const storageDir = await tempDirectory()
      await using storage = await FileSystemStorage.open({ storageDir })
      const ids = Array.from({ length: 1000 }, (_, number) => `p-${number}`).sort()
      await Promise.all(ids.map(async (id) => await storage.saveVersion(documentOf(id, '1.0.0'))))
      expect(await storage.listPromptIds()).toEqual(ids)
      expect((await visible(storageDir)).sort()).toEqual(ids)
      expect((await storage.verify()).findings).toEqual([])
    },
    LONG_MS,
  )

  test(
    'of 1000 saves at once of 100 versions each version has one winner',
    async () => {
      const storageDir = await tempDirectory()
      await using storage = await FileSystemStorage.open({ storageDir })
      const outcomes = await Promise.allSettled(
        Array.from({ length: 1000 }, async (_, number) => {
          await storage.saveVersion(documentOf('one', `1.0.${number % 100}`, `attempt ${number}`))
          return number
        }),
      )
      const winners = outcomes.flatMap((outcome) =>
        outcome.status === 'fulfilled' ? [outcome.value] : [],
      )
      expect(new Set(winners.map((number) => number % 100)).size).toBe(100)
      expect(winners).toHaveLength(100)
      for (const number of winners) {
        const found = await storage.getVersion('one', `1.0.${number % 100}`)
        expect(found?.prompt.text).toBe(`attempt ${number}`)
      }
    },
    LONG_MS,
  )
})

async function visible(storageDir: string): Promise<string[]> {
  return (await readdir(storageDir)).filter((name) => !name.startsWith('.'))
}
