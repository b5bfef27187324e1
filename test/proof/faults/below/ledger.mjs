// What a store may hold: the oracle. Every call has either succeeded, or failed with a code and no effect, or failed
// saying that its outcome is unknown; then it is there whole, or not at all.
import { STORAGE_ERROR_CODES, StorageError } from '../../../../dist/index.js'

/** Codes of refusals that name no failure below them. */
const WITHOUT_CAUSE = new Set([
  'FS-CLOSED-001',
  'FS-CONFLICT-001',
  'OPT-VER-001',
  'OPT-VER-002',
  'OPT-LABEL-001',
])
const ABSENT = undefined

/** @typedef {string | undefined} Content what is at a key; undefined: nothing */
/** @typedef {{ key: string, before: Content, after: Content }} Change */

export class Ledger {
  /** @type {Map<string, Content>} */
  #certain = new Map()
  /** @type {{ changes: Change[], seen: 'before' | 'after' | undefined }[]} */
  #unknown = []
  /** @type {string[]} */
  violations = []
  /** The paths that errors have named. @type {string[]} */
  named = []
  refused = 0
  unknown = 0

  /** Does something that changes keys, all of them or none.
   * @param {string} what
   * @param {Record<string, Content>} contents
   * @param {() => Promise<unknown>} work
   */
  async change(what, contents, work) {
    const changes = Object.entries(contents).map(([key, after]) => ({
      key,
      before: this.#certain.get(key),
      after,
    }))
    try {
      const answer = await work()
      if (answer === false) this.violations.push(`${what} found nothing to do`)
      for (const { key, after } of changes) this.#certain.set(key, after)
    } catch (error) {
      if (this.refusal(what, error) === 'unknown') this.#unknown.push({ changes, seen: undefined })
    }
  }

  /** What others have done, and whether it stays is not known.
   * @param {Record<string, Content>} contents
   */
  doubt(contents) {
    const changes = Object.entries(contents).map(([key, after]) => ({
      key,
      before: this.#certain.get(key),
      after,
    }))
    this.#unknown.push({ changes, seen: undefined })
  }

  /** Notes a failed call. @param {string} what @param {unknown} error */
  refusal(what, error) {
    this.refused++
    if (!(error instanceof StorageError)) {
      this.violations.push(`${what}: no StorageError but ${String(error)}`)
      return 'none'
    }
    if (!STORAGE_ERROR_CODES.includes(error.code))
      this.violations.push(`${what}: unknown code ${error.code}`)
    if (error.cause === undefined && !WITHOUT_CAUSE.has(error.code))
      this.violations.push(`${what}: ${error.code} without a cause: ${error.message}`)
    this.named.push(String(error.context['path']))
    if (error.context['outcome'] !== 'unknown') return 'none'
    this.unknown++
    return 'unknown'
  }

  /** A call that answers under faults: rightly or not at all.
   * @param {string} what @param {() => Promise<void>} work
   */
  async attempt(what, work) {
    try {
      return await work()
    } catch (error) {
      this.refusal(what, error)
      return undefined
    }
  }

  get keys() {
    const doubtful = this.#unknown.flatMap(({ changes }) => changes.map(({ key }) => key))
    return [...new Set([...this.#certain.keys(), ...doubtful])].sort()
  }

  /** Takes note of what a reader has seen. @param {string} where @param {string} key @param {Content} content */
  see(where, key, content) {
    const doubt = this.#unknown.find(({ changes }) => changes.some((change) => change.key === key))
    if (doubt === undefined) {
      const expected = this.#certain.get(key)
      if (content !== expected)
        this.violations.push(`${where}: ${key} is ${brief(content)}, not ${brief(expected)}`)
      return
    }
    const change = doubt.changes.find((each) => each.key === key)
    if (change === undefined) return
    const side = content === change.after ? 'after' : content === change.before ? 'before' : 'wrong'
    if (side === 'wrong')
      this.violations.push(`${where}: ${key} is ${brief(content)}, which was never written`)
    else if (doubt.seen !== undefined && doubt.seen !== side)
      this.violations.push(`${where}: ${key} is as ${side}, others of its transaction are not`)
    else doubt.seen = side
  }

  /** What was not there while the faults lasted may be there after recovery; what was shown must stay. */
  settleBefore() {
    for (const doubt of this.#unknown) if (doubt.seen === 'before') doubt.seen = undefined
  }

  /** Everything is read once more and nothing is unknown any longer. */
  settleAll() {
    for (const { changes, seen } of this.#unknown.splice(0)) {
      for (const { key, before, after } of changes)
        this.#certain.set(key, seen === 'after' ? after : before)
    }
  }
}

export { ABSENT }

/** @param {Content} content */
function brief(content) {
  return content === undefined ? 'absent' : `'${content.slice(0, 60)}' (${content.length})`
}
