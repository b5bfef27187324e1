import { hash } from 'node:crypto'
import { basename, dirname, resolve } from 'node:path'
import { TextDecoder } from 'node:util'
import { z } from 'zod'
import { wrongArgument } from '../../base/misuse.js'
import { shown } from '../../base/options.js'
import { codeOf } from '../../base/values.js'
import { readInputFile } from '../../disk/input-files.js'
import { canonicalJson } from '../../document/checksum.js'
import { parseDifyFile, type DifyFile } from '../../dify/workflow/dify-file.js'
import type { Case } from '../evaluation/case.js'
import { parseCases } from '../evaluation/case-file.js'
import { splitCases, type SplitShares } from '../evaluation/split.js'
import { WorkflowError } from '../workflow-error.js'
import { checkRunConfig, readRunConfig, type RunConfig } from './run-config.js'

/** The four sets of a run. */
export interface RunCases {
  readonly train: readonly Case[]
  readonly validation: readonly Case[]
  readonly held_out: readonly Case[]
  readonly anchors: readonly Case[]
}

/** All that a run is made of, secrets excepted: with it, a run can be resumed when its files have changed. */
export interface RunDefinition {
  readonly config: RunConfig
  /** The path of the file of Dify, absolute. */
  readonly file: string
  /** Its bytes in base64. */
  readonly bytes: string
  readonly cases: RunCases
  /** What of the files of cases was left out, and why. */
  readonly notes: readonly string[]
}

/** A definition, and what follows from it. */
export interface Definition extends RunDefinition {
  readonly dify: DifyFile
  /** SHA-256 of the definition without its budget, in hex: the same definition is the same run, whatever it may cost. */
  readonly digest: string
}

const FILE_BYTES_MAX = 64 * 1024 * 1024

/**
 * Reads the configuration of a run with the files that it names.
 *
 * @throws TypeError for a wrong configuration; WorkflowError OPT-SVC-004 for a file that cannot be read, and as
 * `parseDifyFile` does; ExperimentError OPT-DATA-001 for cases that cannot be read
 */
export async function readDefinition(path: string): Promise<Definition> {
  const config = await readRunConfig(path)
  const directory = dirname(resolve(path))
  const file = resolve(directory, config.workflow)
  const bytes = Buffer.from(await bytesOf(file)).toString('base64')
  const { cases, notes } = await casesOf(config, directory)
  return withDigest({ config, file, bytes, cases, notes })
}

const casesSchema = z.array(z.custom<Case>((each) => typeof each === 'object' && each !== null))
const definitionSchema = z.object({
  config: z.unknown(),
  file: z.string(),
  bytes: z.string(),
  cases: z.object({
    train: casesSchema,
    validation: casesSchema,
    held_out: casesSchema,
    anchors: casesSchema,
  }),
  notes: z.array(z.string()),
})

/** A definition as it was stored. @throws TypeError for anything else */
export function definitionOf(stored: unknown): Definition {
  const { data, error } = definitionSchema.safeParse(stored)
  if (data === undefined)
    throw wrongArgument(`It is not the definition of a run: ${error.message}`, { cause: error })
  return withDigest({ ...data, config: checkRunConfig(data.config) })
}

/** Without what follows from it. */
export function storedDefinition(definition: Definition): RunDefinition {
  const { config, file, bytes, cases, notes } = definition
  return { config, file, bytes, cases, notes }
}

function withDigest(definition: RunDefinition): Definition {
  const { file, bytes } = definition
  const content = Buffer.from(bytes, 'base64')
  const dify = parseDifyFile(new Uint8Array(content), basename(file), {
    fileBytesMax: FILE_BYTES_MAX,
  })
  // The same run may be in another directory, and go on with a larger budget.
  const { file: _, config, ...rest } = definition
  const { budget: __, ...identity } = config
  return {
    ...definition,
    dify,
    digest: hash('sha256', canonicalJson({ ...rest, config: identity })),
  }
}

/** The same run with another budget. */
export function withBudget(definition: Definition, budget: RunConfig['budget']): Definition {
  return { ...definition, config: { ...definition.config, budget } }
}

async function casesOf(
  config: RunConfig,
  directory: string,
): Promise<{ readonly cases: RunCases; readonly notes: readonly string[] }> {
  const { file, split, train, validation, held_out: heldOut, anchors } = config.data
  const notes: string[] = []
  const read = async (name: string | undefined): Promise<readonly Case[]> => {
    if (name === undefined) return []
    const bytes = await bytesOf(resolve(directory, name))
    const parsed = parseCases(textOf(bytes, name), name)
    for (const note of parsed.notes) notes.push(`${name}: ${note}`)
    return parsed.cases
  }
  const sets: Omit<RunCases, 'anchors'> =
    file === undefined
      ? {
          train: await read(train),
          validation: await read(validation),
          held_out: await read(heldOut),
        }
      : splitCases(await read(file), split?.seed, sharesOf(split))
  for (const [name, cases] of Object.entries<readonly Case[]>({ ...sets }))
    if (cases.length === 0)
      throw wrongArgument(`The set "${name}" has no case: give it more cases, or a larger share`)
  return { cases: { ...sets, anchors: await read(anchors) }, notes }
}

function sharesOf(split: RunConfig['data']['split']): SplitShares | undefined {
  if (split === undefined) return undefined
  const { train, validation, held_out } = split
  return { train, validation, held_out }
}

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    return await readInputFile(path, FILE_BYTES_MAX)
  } catch (cause) {
    const reason = codeOf(cause) ?? 'EIO'
    throw new WorkflowError('OPT-SVC-004', `${path} cannot be read: ${REASONS[reason] ?? reason}`, {
      context: { file: path, reason },
      cause,
    })
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  EFBIG: `it is larger than ${FILE_BYTES_MAX} bytes`,
}

function textOf(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw wrongArgument(`${shown(name)} is not UTF-8 text`, { cause })
  }
}
