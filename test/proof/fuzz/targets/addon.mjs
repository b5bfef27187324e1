// The addon's decoder of records beside the one in TypeScript, on the same bytes: both refuse, or both read the same
// operations, as the files show that the addon makes of them.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chooseDisk } from '../../../../dist/disk/choose-disk.js'
import { DiskError } from '../../../../dist/disk/disk-error.js'
import { decodeRecords, OperationKind } from '../../../../dist/format/record.js'
import { FormatError } from '../../../../dist/base/errors.js'
import { mustEqual, unless } from '../properties.mjs'
import { record } from './journal.mjs'

const CLEAN_EVERY = 200
const VOLUME = { ioTimeoutMs: 0, fileMode: 0o600, directoryMode: 0o700, create: true }

let opened
let calls = 0

export const addon = {
  ...record,
  async check(bytes) {
    opened ??= await open()
    if (++calls % CLEAN_EVERY === 0) clean()
    const transactions = unless(FormatError, () => decodeRecords(bytes))
    const outcome = await redo(bytes)
    mustEqual(outcome !== 'refused', transactions !== undefined)
    if (outcome === 'done') await checkFiles(transactions.flat())
    return outcome === 'done'
  },
  async dispose() {
    if (opened === undefined) return
    await opened.committer.close()
    await opened.volume.close()
    rmSync(opened.directory, { recursive: true })
  },
}

async function open() {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-fuzz-'))
  const volume = await chooseDisk('native').openVolume(directory, VOLUME)
  const committer = await volume.openCommitter({ lockPath: '.lock', pagePath: '.shared' })
  return { directory, volume, committer }
}

/** A name that is too long, or a directory in the way, is the file system's refusal and not the decoder's. */
async function redo(bytes) {
  try {
    await opened.committer.redo(bytes, { flush: false })
    return 'done'
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    return error.code === 'EINVAL' && error.syscall === 'records' ? 'refused' : 'failed'
  }
}

async function checkFiles(operations) {
  const last = new Map(
    operations.filter(({ external }) => !external).map((operation) => [operation.path, operation]),
  )
  for (const { path, kind, content } of last.values()) {
    const found = await opened.volume.read(path)
    if (kind === OperationKind.remove) mustEqual(found, undefined)
    else mustEqual(found ?? null, content)
  }
}

function clean() {
  for (const name of readdirSync(opened.directory))
    if (!name.startsWith('.')) rmSync(join(opened.directory, name), { recursive: true })
}
