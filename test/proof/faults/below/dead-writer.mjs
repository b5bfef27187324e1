// A writer that dies between its frame and its files, while others have the store open.
import { readFileSync, openSync, writeSync, closeSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { chooseDisk } from '../../../../dist/disk/choose-disk.js'
import { LOCK_FILE, PAGE_FILE, segmentPath } from '../../../../dist/format/layout.js'
import { PageOffset, PageState } from '../../../../dist/format/page.js'
import { encodeRecord, OperationKind } from '../../../../dist/format/record.js'
import { encodeVersionFile } from '../../../../dist/document/version-file.js'

/**
 * Commits a version as a bare writer does, then sets back what would have come last: its file and, in the page, that
 * it was published; not `announced`, also that the frame is durable.
 */
export async function leaveHalfDone(stage, document, { announced }) {
  const path = `${document.prompt_id}/${document.version}.json`
  const page = join(stage.directory, PAGE_FILE)
  const before = readFileSync(page)
  await commitAlone(stage.directory, path, encodeVersionFile(document, { checksum: true }))
  rmSync(join(stage.directory, path))
  const left = announced ? readFileSync(page) : before
  for (const [from, to] of [
    [PageOffset.generation, PageOffset.chain],
    [PageOffset.published, PageOffset.durable],
  ])
    before.copy(left, from, from, to)
  left.writeUInt32LE(PageState.committing, PageOffset.state)
  const file = openSync(page, 'r+')
  writeSync(file, left, 0, left.length, 0)
  closeSync(file)
  // It was not acknowledged: it may come or go, and then stays so.
  const contents = { [`${document.prompt_id}@${document.version}`]: JSON.stringify(document) }
  stage.ledger.doubt(contents)
}

async function commitAlone(directory, path, content) {
  const volume = await chooseDisk('native').openVolume(directory, {
    ioTimeoutMs: 10_000,
    fileMode: 0o600,
    directoryMode: 0o700,
    create: false,
  })
  const committer = await volume.openCommitter({ lockPath: LOCK_FILE, pagePath: PAGE_FILE })
  const sequence = committer.page.getU64('segment')
  await committer.useSegment(sequence, segmentPath(sequence))
  const { status } = await committer.commit({
    kind: 'commit',
    records: encodeRecord([{ kind: OperationKind.create, path, content, external: false }]),
    transactionCount: 1,
    flush: true,
    timeMs: Date.now(),
    lockTimeoutMs: 1000,
  })
  if (status !== 'committed') throw new Error(`The writer that was to die got ${status}`)
  await committer.close()
  await volume.close()
}
