import { StorageError } from '../../base/errors.js'
import { wrongArgument } from '../../base/misuse.js'
import { integerOption, rejectUnknown, shown } from '../../base/options.js'
import { hasIncludes, splitIncludes, type Include } from './includes.js'
import { formatReference, type Reference } from './reference.js'
import { bodyOf, isChat, textsOf, withTexts, type BodyOf, type Template } from './template.js'

/** A prompt that another includes, and the version that its reference named. */
export interface Included {
  readonly id: string
  /** As text: `@production`, `^1.2`, `latest`. */
  readonly reference: string
  readonly version: string
}

/** Finds the version that a reference names; `undefined` if there is none. */
export type LoadPrompt = (
  id: string,
  reference: Reference,
) => Promise<Loaded | undefined> | Loaded | undefined

export interface Loaded {
  readonly version: string
  readonly document: Template
}

export interface ComposeOptions {
  /** How many prompts may include each other in a row. 1 to 32, default 8. */
  readonly depthMax?: number
}

export interface Composed<Document extends Template> {
  /** The prompt with the texts of all prompts that it includes. Its placeholders are not filled, see `compile`. */
  readonly document: BodyOf<Document>
  /** What was included, directly or not, each reference once, in order of appearance. */
  readonly included: readonly Included[]
}

/** Longest text of a composed prompt, in UTF-16 units. */
export const COMPOSED_LENGTH_MAX = 1_000_000
/** Most includes that are replaced in one prompt; one that is included twice counts twice. */
export const INCLUDES_MAX = 1000

/**
 * Replaces each `{{> other-prompt@production }}` by the text of that version, and what that text includes in turn. An
 * include names a version as `parseReference` reads it, with the `@` of a label written once; without one it is the
 * latest stable version. An id with blanks, braces, quotes or an `@` is written as a JSON text: `{{> "my id"@^1 }}`.
 *
 * Each id and reference is loaded once, so that a label that moves meanwhile has one version in the result. Values are
 * filled afterwards by `compile`, so that no value can include a prompt.
 *
 * @throws StorageError OPT-VER-002 for a version that does not exist; OPT-REF-001 for prompts that include each other
 * in a cycle or too deeply, for a chat prompt in a text, for a malformed include, and for a result that is too long
 */
export async function compose<Document extends Template>(
  document: Document,
  load: LoadPrompt,
  options: ComposeOptions = {},
): Promise<Composed<Document>> {
  rejectUnknown(options, ['depthMax'], 'compose')
  if (typeof load !== 'function')
    throw wrongArgument(`Argument "load" must be a function, got ${shown(load)}`)
  const depthMax = integerOption('depthMax', options.depthMax, { min: 1, max: 32, default: 8 })
  const composer = new Composer(load, depthMax)
  const body = bodyOf(document)
  const texts: string[] = []
  for (const text of textsOf(body)) texts.push(await composer.compose(text, rootOf(document)))
  return { document: withTexts(body, texts) as BodyOf<Document>, included: composer.included() }
}

/** A prompt in the row of those that include each other. */
interface Link {
  readonly id: string
  readonly version: string
}

class Composer {
  readonly #load: LoadPrompt
  readonly #depthMax: number
  readonly #loaded = new Map<string, Included & Loaded>()
  #length = 0
  #includes = 0

  constructor(load: LoadPrompt, depthMax: number) {
    this.#load = load
    this.#depthMax = depthMax
  }

  included(): readonly Included[] {
    return [...this.#loaded.values()].map(({ id, reference, version }) => ({
      id,
      reference,
      version,
    }))
  }

  /** @param chain the prompts around this text, the outermost first; an unknown one has the id '' */
  async compose(text: string, chain: readonly Link[]): Promise<string> {
    if (!hasIncludes(text)) return this.#count(text)
    const parts: string[] = []
    for (const piece of splitIncludes(text))
      parts.push(typeof piece === 'string' ? this.#count(piece) : await this.#include(piece, chain))
    return parts.join('')
  }

  async #include(include: Include, chain: readonly Link[]): Promise<string> {
    this.#includes++
    const { id, version, document } = await this.#find(include, chain)
    const row = [...chain, { id, version }]
    if (chain.some((link) => link.id === id && link.version === version))
      throw refusal('cycle', `Prompts include each other in a cycle: ${shownRow(row)}`, row)
    if (chain.length > this.#depthMax)
      throw refusal(
        'depth',
        `More than ${this.#depthMax} prompts include each other in a row: ${shownRow(row)}`,
        row,
      )
    if (this.#includes > INCLUDES_MAX)
      throw refusal('size', `A prompt can include others at most ${INCLUDES_MAX} times`, row)
    const body = bodyOf(document, `document of ${id}@${version}`)
    if (isChat(body))
      throw refusal('not_text', `${shownRow([row.at(-1)])} is a chat and cannot be in a text`, row)
    return await this.compose(body.text, row)
  }

  async #find({ id, reference }: Include, chain: readonly Link[]): Promise<Included & Loaded> {
    const wanted = formatReference(reference)
    const key = JSON.stringify([id, wanted])
    const known = this.#loaded.get(key)
    if (known !== undefined) return known
    const loaded = await this.#load(id, reference)
    if (loaded === undefined) throw notFound(id, wanted, chain)
    const found = { id, reference: wanted, ...loaded }
    this.#loaded.set(key, found)
    return found
  }

  /** Every piece of text is counted where it is placed, so that the sum is the length of the result. */
  #count(text: string): string {
    this.#length += text.length
    if (this.#length > COMPOSED_LENGTH_MAX)
      throw refusal('size', `The composed prompt has more than ${COMPOSED_LENGTH_MAX} characters`)
    return text
  }
}

/** A stored version knows its name, so that a cycle through it is found at once. */
function rootOf(document: Template): readonly Link[] {
  const { prompt_id: id, version }: { prompt_id?: unknown; version?: unknown } = document as object
  return typeof id === 'string' && typeof version === 'string'
    ? [{ id, version }]
    : [{ id: '', version: '' }]
}

function notFound(id: string, reference: string, chain: readonly Link[]): StorageError {
  const within = chain.some((link) => link.id !== '') ? `, included by ${shownRow(chain)}` : ''
  const version = reference === 'latest' ? 'latest version' : `version ${reference}`
  return new StorageError('OPT-VER-002', `Prompt ${shown(id)}${within} has no ${version}`, {
    context: { prompt_id: id, reference },
  })
}

function refusal(
  reason: 'cycle' | 'depth' | 'size' | 'not_text',
  message: string,
  row: readonly Link[] = [],
): StorageError {
  const known = row.filter((link) => link.id !== '')
  return new StorageError('OPT-REF-001', message, {
    context: { reason, ...(known.length === 0 ? {} : { chain: known }) },
  })
}

function shownRow(row: readonly (Link | undefined)[]): string {
  return row
    .flatMap((link) => (link === undefined || link.id === '' ? [] : [link]))
    .map(({ id, version }) => `${/^[\w.-]+$/.test(id) ? id : shown(id)}@${version}`)
    .join(' > ')
}
