import type { Colors } from 'picocolors/types.js'
import type { VersionRecord } from '../versions/registry/version-records.js'
import type { Output } from './output.js'
import { printable } from './printable.js'
import { wrapText } from './table.js'

export const INDENT = '    '

/** What is known of a version beside its content: its head, and indented below it who made it, when, and why. */
export function recordText(
  record: VersionRecord,
  { width, colors }: Pick<Output, 'width' | 'colors'>,
): string {
  const { created_at: created, author, parent_version: parent, message, deprecated } = record
  const made = [
    created ?? 'at an unknown time',
    ...(author === null ? [] : [`by ${author}`]),
    ...(parent === null ? [] : [`from ${parent}`]),
  ].join(' ')
  const lines = [made, ...(message === null ? [] : message.trimEnd().split('\n'))]
  const warning = deprecated === null ? [] : wrapped(deprecationOf(record), width - INDENT.length)
  return [
    headOf(record, colors),
    ...lines.flatMap((line) => wrapped(line, width - INDENT.length)).map((line) => INDENT + line),
    ...warning.map((line) => INDENT + colors.red(line)),
  ].join('\n')
}

/** The number, the labels and the tags, in colours. */
export function headOf(record: VersionRecord, colors: Colors): string {
  const [version = '', labels = '', tags = ''] = headParts(record).map(printable)
  const parts = [colors.yellow(version), labels && colors.green(labels), tags && colors.cyan(tags)]
  return parts.filter((part) => part !== '').join('  ')
}

/** The number, the labels as `@label`, the tags as `#tag`; some of these are empty. */
export function headParts({ version, labels, tags }: VersionRecord): readonly string[] {
  return [
    version,
    labels.map((label) => `@${label}`).join(' '),
    tags.map((tag) => `#${tag}`).join(' '),
  ]
}

function deprecationOf({ deprecated }: VersionRecord): string {
  const { by, reason } = deprecated ?? {}
  return `Deprecated${by ? ` by ${by}` : ''}${reason ? `: ${reason}` : ''}`
}

export function wrapped(text: string, width: number): readonly string[] {
  return wrapText(printable(text), width)
}
