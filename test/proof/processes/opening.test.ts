import { describe, expect, test } from 'vitest'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { tempDirectory } from '../../support/temp.js'
import { startPeers } from './peers.js'

const LONG_MS = 180_000

describe('processes that open and close one store', () => {
  test(
    '4 processes make the same new store at once, and all of them can use it',
    async () => {
      const storageDir = await tempDirectory()
      const peers = await startPeers(4, { storageDir })
      await Promise.all(
        peers.map(async (peer, number) => await peer.call('save', `p${number}`, '1.0.0', 'text')),
      )
      for (const peer of peers)
        expect(await peer.call('listPromptIds')).toEqual(['p0', 'p1', 'p2', 'p3'])
    },
    LONG_MS,
  )

  test(
    '4 processes open and close it 20 times each while a fifth goes on saving, and nothing is lost',
    async () => {
      const storageDir = await tempDirectory()
      const peers = await startPeers(4, { storageDir })
      await using storage = await FileSystemStorage.open({ storageDir })
      const storms = Promise.all(peers.map(async (peer) => await peer.call('openAndClose', 20)))
      const saver = await startPeers(1, { storageDir })
      await saver[0]?.call('saveMany', 'during', 200)
      await storms
      for (const peer of peers)
        await peer.call('save', 'after', `1.0.${peers.indexOf(peer)}`, 'text')
      expect(await storage.listVersionNames('after')).toEqual(['1.0.0', '1.0.1', '1.0.2', '1.0.3'])
      expect(await storage.listPromptIds()).toHaveLength(201)
      expect((await storage.verify()).findings).toEqual([])
    },
    LONG_MS,
  )

  test(
    'a store that all processes open and close at once, with none staying, is whole afterwards',
    async () => {
      const storageDir = await tempDirectory()
      const peers = await startPeers(4, { storageDir })
      await Promise.all(
        peers.map(async (peer, number) => {
          for (let time = 0; time < 10; time++) {
            await peer.call('save', `p${number}`, `1.0.${time}`, 'text')
            await peer.call('openAndClose', 2)
          }
          await peer.close()
        }),
      )
      await using storage = await FileSystemStorage.open({ storageDir })
      const names = Array.from({ length: 10 }, (_, time) => `1.0.${time}`)
      for (const number of peers.keys())
        expect(await storage.listVersionNames(`p${number}`)).toEqual(names)
      expect((await storage.verify()).findings).toEqual([])
    },
    LONG_MS,
  )
})
