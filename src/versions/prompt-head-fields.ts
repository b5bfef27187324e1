import { wrongArgument } from '../base/misuse.js'
import { kindOf } from '../base/values.js'
import { shown } from '../base/options.js'
import { freezeJson } from '../document/freeze-json.js'
import { formatPath } from '../document/json.js'
import { isExactTimestamp, isTimestamp } from '../document/timestamp.js'
import { isVersion, STORED_VERSIONS } from '../document/version-number.js'
import type { LabelMove, PromptHead } from './prompt-heads.js'
import type { HistoryEntry } from './prompt-history.js'

/**
 * A deep-frozen copy of a head, for a storage to keep. By hand and not by a schema: names of labels are keys, and a
 * schema would drop one that is called `__proto__`.
 *
 * @throws TypeError naming the field that does not fit
 */
export function checkHead(given: unknown, name: string): PromptHead {
  const head = new Fields(given, [name], ['labels', 'highest', 'deprecated', 'tags'])
  head.each('labels', (label) => {
    label.only(['version', 'at', 'by', 'reason'])
    label.version('version')
    checkNote(label)
  })
  if (head.at('highest') !== null) head.version('highest')
  head.each('deprecated', (deprecation) => {
    deprecation.only(['at', 'by', 'reason'])
    checkNote(deprecation)
  })
  head.lists('tags')
  return freezeJson(given as PromptHead, name)
}

/** As `checkHead`, for a move of a label. */
export function checkMove(given: unknown, name: string): LabelMove {
  const move = new Fields(given, [name], ['label', 'from', 'to', 'by', 'reason', 'at'])
  move.text('label')
  for (const end of ['from', 'to']) if (move.at(end) !== null) move.version(end)
  checkNote(move)
  return freezeJson(given as LabelMove, name)
}

/** As `checkHead`, for an entry of a history of any kind. */
export function checkHistoryEntry(given: unknown, name: string): HistoryEntry {
  const isMove = typeof given !== 'object' || given === null || Object.hasOwn(given, 'label')
  if (isMove) return checkMove(given, name)
  const isDeleted = Object.hasOwn(given, 'deleted')
  const entry = new Fields(
    given,
    [name],
    isDeleted ? ['deleted', 'trash', 'at'] : ['restored', 'at'],
  )
  entry.commitTimes(isDeleted ? 'deleted' : 'restored')
  if (isDeleted) entry.check('trash', (value) => typeof value === 'boolean', 'true or false')
  entry.check('at', isExactTimestamp, EXACT_TIME)
  return freezeJson(given as HistoryEntry, name)
}

const EXACT_TIME = 'an ISO 8601 time in UTC with milliseconds'

/** When something was done, by whom and why. */
function checkNote(note: Fields): void {
  note.check('at', isTimestamp, 'an ISO 8601 time in UTC')
  for (const field of ['by', 'reason']) if (note.at(field) !== null) note.text(field)
}

/** An object whose fields are checked, with its place for the messages. */
class Fields {
  readonly #value: object
  readonly #path: readonly string[]

  constructor(value: unknown, path: readonly string[], known?: readonly string[]) {
    this.#path = path
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.#refusal(path, 'an object', kindOf(value))
    this.#value = value
    if (known !== undefined) this.only(known)
  }

  only(known: readonly string[]): void {
    const unknown = Object.keys(this.#value).find((field) => !known.includes(field))
    if (unknown === undefined) return
    throw this.#refusal([...this.#path, unknown], 'absent', kindOf(this.at(unknown)))
  }

  /** An inherited field counts as absent. */
  at(field: string): unknown {
    return Object.hasOwn(this.#value, field) ? Reflect.get(this.#value, field) : undefined
  }

  check(field: string, fits: (value: unknown) => boolean, expected: string): void {
    const value = this.at(field)
    if (!fits(value)) throw this.#refusal([...this.#path, field], expected, shown(value))
  }

  text(field: string): void {
    this.check(field, (value) => typeof value === 'string', 'a text or null')
  }

  version(field: string): void {
    this.check(field, (value) => isVersion(value, STORED_VERSIONS), 'a version')
  }

  /** Checks the objects in a field that holds them by name. */
  each(field: string, check: (fields: Fields) => void): void {
    const path = [...this.#path, field]
    const inner = new Fields(this.at(field), path)
    for (const key of Object.keys(inner.#value)) check(new Fields(inner.at(key), [...path, key]))
  }

  /** Checks the times in a field that holds them by version. */
  commitTimes(field: string): void {
    const path = [...this.#path, field]
    const inner = new Fields(this.at(field), path)
    for (const version of Object.keys(inner.#value)) {
      if (!isVersion(version, STORED_VERSIONS))
        throw this.#refusal(path, 'by version', shown(version))
      const isTime = (value: unknown): boolean => value === null || isExactTimestamp(value)
      inner.check(version, isTime, `${EXACT_TIME}, or null`)
    }
  }

  /** Checks the lists of texts in a field that holds them by name. */
  lists(field: string): void {
    const inner = new Fields(this.at(field), [...this.#path, field])
    const isList = (value: unknown): boolean =>
      Array.isArray(value) && value.every((text) => typeof text === 'string')
    for (const key of Object.keys(inner.#value)) inner.check(key, isList, 'a list of texts')
  }

  #refusal([name = '', ...path]: readonly string[], expected: string, found: string): TypeError {
    return wrongArgument(`Field "${formatPath(name, path)}" must be ${expected}, got ${found}`)
  }
}
