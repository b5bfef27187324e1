import { commitOperations } from '../commit/commit-operations.js'
import type { CommittedFiles } from '../commit/committed-files.js'
import { FAILED } from '../failure.js'
import { LostFiles } from './lost-files.js'
import type { Writer } from '../commit/writer.js'

/** The list of lost files of an open directory, which is changed by commits of its own. */
export function lostFilesOf(writer: Writer, files: CommittedFiles): LostFiles {
  return new LostFiles(writer.parts.volume, {
    read: async (path, maxBytes) => await files.read(path, maxBytes),
    commit: async (operation) => {
      await commitOperations(writer, [operation], FAILED.commit)
      await writer.flush()
    },
    isWritable: () => writer.poison === undefined,
  })
}
