import type { JsonValue } from '../document/json.js'
import type { MergeConflict } from '../versions/registry/merge.js'
import { printable, printableContent, printableJson } from './printable.js'

/** The three versions of a merge, by their numbers. */
export interface MergedVersions {
  readonly base: string
  readonly ours: string
  readonly theirs: string
}

/** A conflict with the marks of `git merge-file --diff3`: our side, the base, their side. */
export function conflictText(conflict: MergeConflict, versions: MergedVersions): string {
  const { path, lines } = conflict
  const places = lines ?? [
    {
      base: valueText(conflict.base),
      ours: valueText(conflict.ours),
      theirs: valueText(conflict.theirs),
    },
  ]
  const blocks = places.flatMap(({ base, ours, theirs }) => [
    `<<<<<<< ${versions.ours}`,
    ...linesOf(ours),
    `||||||| ${versions.base}`,
    ...linesOf(base),
    '=======',
    ...linesOf(theirs),
    `>>>>>>> ${versions.theirs}`,
  ])
  return [`Conflict at ${path === '' ? '/' : printable(path)}`, ...blocks]
    .map((line) => `${line}\n`)
    .join('')
}

/** Nothing for a value that does not exist on that side. */
function valueText(value: JsonValue | undefined): string {
  return value === undefined ? '' : printableJson(value)
}

function linesOf(text: string): readonly string[] {
  if (text === '') return []
  return printableContent(text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
}
