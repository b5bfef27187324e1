import { DurableDirectory } from '../../../dist/index.js'
import { documentAt, encode, promptAt, versionAt } from '../document.js'
import { CHECKPOINT_IDLE_MS } from './storage.js'
import type { OpenSubject } from './subject.js'

/** The engine alone: what the storage's own work costs is the difference to it. */
export function openDirectory(disk: 'native' | 'portable'): OpenSubject {
  return async (path) => {
    const directory = await DurableDirectory.open(path, {
      disk,
      checkpointIdleMs: CHECKPOINT_IDLE_MS,
    })
    return {
      settings: 'durability commit, no schema, no checksum in the file, no idle checkpoint',
      save: async (at) =>
        await directory.commit([
          { kind: 'create', path: pathAt(at), bytes: Buffer.from(encode(documentAt(at))) },
        ]),
      get: async (at) => parse(await directory.read(pathAt(at))),
      close: async () => await directory.close(),
    }
  }
}

function pathAt(at: number): string {
  return `${promptAt(at)}/${versionAt(at)}.json`
}

function parse(bytes: Uint8Array | undefined): object {
  if (bytes === undefined) throw new Error('A document that was saved is not there')
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()) as object
}
