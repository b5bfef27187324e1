import { createHash, hash } from 'node:crypto'
import * as yaml from 'yaml'
import { z } from 'zod'
import { shown } from '../../base/options.js'
import { toError } from '../../base/values.js'
import { yamlValue } from '../../config/yaml.js'
import { canonicalJson } from '../../document/checksum.js'
import type { JsonValue } from '../../document/json.js'
import { ExperimentError } from '../experiment-error.js'
import type { Case } from './case.js'
import { parseCsv } from './csv.js'
import { evaluatorSpecSchema } from './evaluator-spec.js'
import { promptfooCases } from './promptfoo-tests.js'

/** Cases of one file. */
export interface CaseFile {
  readonly cases: readonly Case[]
  /** SHA-256 over the cases, in hex: the same cases in another file have the same. */
  readonly digest: string
  /** What of the file was left out, and why: an assertion of promptfoo that has no evaluator here. */
  readonly notes: readonly string[]
}

/** The largest file of cases, in characters. */
const CASE_FILE_CHARACTERS_MAX = 64 * 1024 * 1024

/**
 * Reads cases from the text of a file, by the end of its name: `.jsonl` and `.ndjson` (one case on each line), `.json`,
 * `.yaml` and `.yml` (a list of cases, a mapping with `cases`, or a configuration of promptfoo with `tests`), and `.csv`
 * (a column for each input; `id`, `expected` and `__expected` are not inputs). A case without `id` is named by a digest
 * of its inputs, so it keeps its name when other cases come or go.
 *
 * @throws ExperimentError OPT-DATA-001 with the place of the first case that cannot be read
 */
export function parseCases(text: string, file: string): CaseFile {
  if (text.length > CASE_FILE_CHARACTERS_MAX)
    throw unread(file, `it has more than ${CASE_FILE_CHARACTERS_MAX} characters`)
  const { items, notes } = itemsOf(text.replace(/^\uFEFF/, ''), file)
  const cases = items.map(({ place, value }) => caseOf(value, `${file}:${place}`))
  const seen = new Set<string>()
  for (const { id } of cases) {
    if (seen.has(id)) throw unread(file, `two cases have the id ${shown(id)}`)
    seen.add(id)
  }
  return { cases, digest: digestOf(cases), notes }
}

/** SHA-256 over cases, in hex. */
export function digestOf(cases: readonly Case[]): string {
  const digest = createHash('sha256')
  for (const each of cases) digest.update(`${canonicalJson(each)}\n`)
  return digest.digest('hex')
}

interface Item {
  /** A line, or a place in a list. */
  readonly place: string
  readonly value: unknown
}

interface Items {
  readonly items: readonly Item[]
  readonly notes: readonly string[]
}

function itemsOf(text: string, file: string): Items {
  const [extension = ''] = /\.\w+$/.exec(file.toLowerCase()) ?? []
  switch (extension) {
    case '.jsonl':
    case '.ndjson':
      return { items: linesOf(text, file), notes: [] }
    case '.csv':
      return { items: recordsOf(text, file), notes: [] }
    case '.json':
    case '.yaml':
    case '.yml':
      return listOf(
        parsed(file, () => yamlValue(text, yaml)),
        file,
      )
    default:
      throw unread(file, 'its name must end with .jsonl, .ndjson, .json, .yaml, .yml or .csv')
  }
}

function linesOf(text: string, file: string): Item[] {
  return text.split('\n').flatMap((line, at) => {
    if (line.trim() === '') return []
    const value = parsed(`${file}:${at + 1}`, () => JSON.parse(line) as unknown)
    return [{ place: `${at + 1}`, value }]
  })
}

function listOf(value: unknown, file: string): Items {
  const named = z.object({ cases: z.array(z.unknown()) }).safeParse(value)
  const list: unknown = named.success ? named.data.cases : value
  if (Array.isArray(list)) {
    const items = list.map((each: unknown, at) => ({ place: `cases[${at}]`, value: each }))
    // A list of promptfoo's tests is a list of objects with `vars`.
    if (!items.some(({ value: each }) => hasVars(each))) return { items, notes: [] }
  }
  const { cases, notes } = promptfooCases(Array.isArray(list) ? { tests: list } : value, (reason) =>
    unread(file, reason),
  )
  return { items: cases.map((each, at) => ({ place: `tests[${at}]`, value: each })), notes }
}

function hasVars(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'vars' in value
}

function recordsOf(text: string, file: string): Item[] {
  const records = parseCsv(text)
  if (records === undefined) throw unread(file, 'a field in quotes does not end where it should')
  const [names = [], ...rows] = records
  return rows.map((row, at) => {
    if (row.length !== names.length)
      throw unread(`${file}: record ${at + 2}`, `it has ${row.length} fields, not ${names.length}`)
    const fields = Object.fromEntries(names.map((name, column) => [name, row[column] ?? '']))
    const { id, expected, __expected: expectedText = expected, ...inputs } = fields
    const known = {
      ...(id === undefined || id === '' ? {} : { id }),
      ...(expectedText === undefined ? {} : { expected: expectedText }),
    }
    return { place: `record ${at + 2}`, value: { ...known, inputs } }
  })
}

const json: z.ZodType<JsonValue> = z.json()
const caseSchema = z.strictObject({
  id: z.union([z.string().min(1), z.number().transform(String)]).optional(),
  inputs: z.record(z.string(), json),
  expected: json.optional(),
  evaluators: z.array(evaluatorSpecSchema).min(1).optional(),
  metadata: z.record(z.string(), json).optional(),
})

function caseOf(value: unknown, place: string): Case {
  const { success, data, error } = caseSchema.safeParse(value)
  if (!success) {
    const [issue] = error.issues
    const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `
    throw unread(place, `${where}${issue?.message ?? 'it is not a case'}`)
  }
  const { id, inputs, expected, evaluators, metadata } = data
  return {
    id: id ?? `case-${hash('sha256', canonicalJson({ inputs, expected })).slice(0, 16)}`,
    inputs,
    ...(expected === undefined ? {} : { expected }),
    ...(evaluators === undefined ? {} : { evaluators }),
    ...(metadata === undefined ? {} : { metadata }),
  }
}

function parsed(place: string, parse: () => unknown): unknown {
  try {
    return parse()
  } catch (cause) {
    throw unread(place, toError(cause).message, cause)
  }
}

function unread(place: string, reason: string, cause?: unknown): ExperimentError {
  return new ExperimentError('OPT-DATA-001', `${place} cannot be read as cases: ${reason}`, {
    context: { place, reason },
    ...(cause === undefined ? {} : { cause }),
  })
}
