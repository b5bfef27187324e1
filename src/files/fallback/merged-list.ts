import type { FileBackend, FilePage, ListRequest, StoredFile } from '../backend.js'
import { compareKeys } from '../key.js'
import type { LocalBackend } from '../local/backend.js'
import type { Outbox } from './outbox.js'

/** A page of the cloud's files as they are once the outbox has been replayed. */
export async function mergedList(
  cloud: FileBackend,
  local: LocalBackend,
  outbox: Outbox,
  request: ListRequest,
): Promise<FilePage> {
  if (request.limit === 0) return await cloud.list(request)
  const pending = await pendingFiles(local, outbox, request)
  const files: StoredFile[] = []
  let { after } = request
  for (;;) {
    const page = await cloud.list({ ...request, ...(after === undefined ? {} : { after }) })
    const last = page.more ? page.files.at(-1)?.key : undefined
    for (const file of overlay(page.files, pending, after, last)) files.push(file)
    after = last
    if (files.length > request.limit) return { files: files.slice(0, request.limit), more: true }
    if (after === undefined) return { files, more: false }
    if (files.length === request.limit) return { files, more: true }
  }
}

/** The outbox's state of keys in the list: a file, or undefined for a deleted one. */
async function pendingFiles(
  local: LocalBackend,
  outbox: Outbox,
  { prefix, after }: ListRequest,
): Promise<Map<string, StoredFile | undefined>> {
  const pending = new Map<string, StoredFile | undefined>()
  for (const { entry } of await outbox.all()) {
    const { key, action } = entry
    if (!key.startsWith(prefix) || (after !== undefined && compareKeys(key, after) <= 0)) continue
    const file = action === 'store' ? await local.head(key) : undefined
    // A stored file that is missing was replayed since: the cloud's list has it.
    if (action === 'delete' || file !== undefined) pending.set(key, file)
  }
  return pending
}

/** The cloud's files and the pending ones after `after`, up to `last` where the cloud has more. */
function overlay(
  files: readonly StoredFile[],
  pending: ReadonlyMap<string, StoredFile | undefined>,
  after: string | undefined,
  last: string | undefined,
): StoredFile[] {
  const ours = [...pending.values()]
    .filter((file) => file !== undefined)
    .filter(({ key }) => after === undefined || compareKeys(key, after) > 0)
    .filter(({ key }) => last === undefined || compareKeys(key, last) <= 0)
  const theirs = files.filter(({ key }) => !pending.has(key))
  return [...theirs, ...ours].sort((left, right) => compareKeys(left.key, right.key))
}
