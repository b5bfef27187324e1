import { DurableDirectory } from '../../../dist/index.js'
import { encode } from '../plan/document.js'
import { NO_IDLE_CHECKPOINTS } from './storage.js'
import { pathOf } from './paths.js'
import type { OpenSubject } from './subject.js'

/** The engine alone: what the storage's own work costs is the difference to it. */
export function openDirectory(disk: 'native' | 'portable'): OpenSubject {
  return async (path, { idleCheckpoints }) => {
    const directory = await DurableDirectory.open(path, {
      disk,
      ...(idleCheckpoints ? {} : NO_IDLE_CHECKPOINTS),
    })
    return {
      settings:
        'defaults: durability commit; no schema, no checksum in the file; checkpoints after 32 MiB of journal, no idle ones',
      save: async (document) =>
        await directory.commit([
          { kind: 'create', path: pathOf(document), bytes: Buffer.from(encode(document)) },
        ]),
      get: async ({ promptId, version }) =>
        parse(await directory.read(`${promptId}/${version}.json`)),
      putFile: async (name, bytes) =>
        await directory.commit([{ kind: 'create', path: name, bytes }]),
      close: async () => await directory.close(),
    }
  }
}

function parse(bytes: Uint8Array | undefined): object {
  if (bytes === undefined) throw new Error('A document that was saved is not there')
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()) as object
}
