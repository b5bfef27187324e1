import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CellResult } from './cells/result.js'
import type { SyscallCount } from './count/syscalls.js'
import type { Machine } from './machine.js'

/** Everything that is known after a run. */
export interface Record {
  readonly machine: Machine & {
    readonly at: string
    readonly minutes: number
    readonly quick: boolean
  }
  readonly results: readonly CellResult[]
  readonly counts: readonly SyscallCount[]
  readonly notes: readonly string[]
}

type Line =
  | ({ readonly kind: 'machine' } & Record['machine'])
  | ({ readonly kind: 'cell' } & CellResult)
  | ({ readonly kind: 'syscalls' } & SyscallCount)
  | { readonly kind: 'note'; readonly text: string }

const FILE = 'samples.jsonl'

export async function writeRecord(directory: string, record: Record): Promise<void> {
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, FILE), formatRecord(record))
}

export async function readRecord(directory: string): Promise<Record> {
  return parseRecord(await readFile(join(directory, FILE), 'utf8'))
}

/** One line for the machine, one for each cell, count and note. */
export function formatRecord({ machine, results, counts, notes }: Record): string {
  const lines: Line[] = [
    { kind: 'machine', ...machine },
    ...results.map((result) => ({ kind: 'cell', ...result }) as const),
    ...counts.map((count) => ({ kind: 'syscalls', ...count }) as const),
    ...notes.map((text) => ({ kind: 'note', text }) as const),
  ]
  return lines.map((line) => `${JSON.stringify(line, shorten)}\n`).join('')
}

/** @throws when there is no line of the machine */
export function parseRecord(text: string): Record {
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
  const [machine] = lines.flatMap((line) => (line.kind === 'machine' ? [line] : []))
  if (machine === undefined) throw new Error('The record has no line of the machine')
  return {
    machine,
    results: lines.flatMap((line) => (line.kind === 'cell' ? [line] : [])),
    counts: lines.flatMap((line) => (line.kind === 'syscalls' ? [line] : [])),
    notes: lines.flatMap((line) => (line.kind === 'note' ? [line.text] : [])),
  }
}

/** More digits than a measurement has would only make the file longer. */
function shorten(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value)
    ? Number(value.toPrecision(6))
    : value
}
