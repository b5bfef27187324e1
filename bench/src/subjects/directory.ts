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
      getFile: async (name) => present(await directory.read(name)),
      close: async () => await directory.close(),
    }
  }
}

function parse(found: Uint8Array | undefined): object {
  const bytes = present(found)
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()) as object
}

function present(bytes: Uint8Array | undefined): Uint8Array {
  if (bytes === undefined) throw new Error('What was stored is not there')
  return bytes
}
