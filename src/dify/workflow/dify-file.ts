import { isBytes } from '../../base/values.js'
import { wrongArgument } from '../../base/misuse.js'
import { integerOption, rejectUnknown, shown } from '../../base/options.js'
import type { FileEncoding } from '../file/encoding.js'
import { parseYamlOnce } from '../file/parse-once.js'
import { type ParsedYaml, WORKFLOW_BYTES_MAX } from '../file/parsed-yaml.js'
import {
  fieldOf,
  PlainValues,
  pointerAt,
  sourceOf,
  textOf,
  type YamlList,
  type YamlNode,
} from '../file/yaml-tree.js'
import { WorkflowError } from '../workflow-error.js'
import type { Carrier, TextSyntax } from './carriers.js'
import { findAppTexts, findNodeTexts, type FoundText } from './find-texts.js'
import { type DifyEdge, type DifyNode, findEdges, findNodes, type OnSkipped } from './nodes.js'

/** One exported app or pipeline. */
export interface DifyFile {
  /** The file it came from, as the caller named it. */
  readonly file: string
  /** SHA-256 of the bytes, in hexadecimal digits. */
  readonly digest: string
  /** The file as it is. */
  readonly bytes: Uint8Array
  readonly encoding: FileEncoding
  /** The whole file as Dify reads it, frozen. An integer that is too long for a number is its text, a time, too. */
  readonly value: unknown
  /** `app.name` (of a pipeline, `rag_pipeline.name`); if that is blank, the file's name without directory and extension. */
  readonly name: string
  /** `app.mode`: workflow, advanced-chat, chat, agent-chat, completion, agent. */
  readonly mode: string | undefined
  readonly kind: 'app' | 'rag_pipeline'
  /** All nodes, those inside iterations and loops included: Dify keeps one flat list. Empty for an app without a graph. */
  readonly nodes: readonly DifyNode[]
  readonly edges: readonly DifyEdge[]
  /** Every text for a model or a reader, blank ones included, in the order of the file. */
  readonly texts: readonly CarriedText[]
  /** What was tolerated, and what was skipped, in the order of the file. */
  readonly notes: readonly FileNote[]
}

/** A text in the file that people write for a model or a reader. */
export interface CarriedText {
  /** The JSON pointer (RFC 6901) of the scalar, such as `/workflow/graph/nodes/3/data/prompt_template/0/text`. */
  readonly pointer: string
  readonly carrier: Carrier
  readonly syntax: TextSyntax
  /** Absent for texts of the app as a whole. */
  readonly node?: DifyNode
  readonly role?: string
  /** The own name of the item of a list that has the text: the `id` of a message or a class, the `name` of a parameter. */
  readonly messageId?: string
  /** Index in its list; 0 if it is not in one. */
  readonly position: number
  /** '' if the file has null there. */
  readonly text: string
  /** Of the scalar, from 1, in UTF-16 code units as editors count. */
  readonly line: number
  readonly column: number
  /** Whether it is a text for the app's user rather than for a model: answers, openings, forms. */
  readonly optional: boolean
}

/** Something that was tolerated or skipped. */
export interface FileNote {
  readonly kind: ParsedYaml['notes'][number]['kind'] | 'kind' | 'bad_item'
  readonly message: string
  readonly line: number
  readonly column: number
  /** The JSON pointer of the node that it is in. */
  readonly pointer: string
}

export interface DifyFileOptions {
  /** The largest file that is read, in bytes. Default 1 MiB, at most 64 MiB. Dify itself accepts 10 MiB. */
  readonly fileBytesMax?: number | undefined
}

/** Time and memory grow with the length of a file; Dify itself accepts 10 MiB. */
const FILE_BYTES_MAX = 64 * 1024 * 1024

/** @throws TypeError or RangeError for a value that is not a number of bytes */
export function fileBytesMaxOption(value: unknown): number {
  const rule = { min: 1, max: FILE_BYTES_MAX, default: WORKFLOW_BYTES_MAX }
  return integerOption('fileBytesMax', value, rule)
}

const known = new WeakMap<ParsedYaml, DifyFile>()
const sources = new WeakMap<DifyFile, ParsedYaml>()

/**
 * Reads one exported app, chatflow, workflow or pipeline of Dify, in any mode. The same bytes are parsed once, as long
 * as they are in a cache of the latest files. A part that cannot be used is skipped, and is in `notes`.
 *
 * @param bytes the file as it is; a text is treated as its bytes in UTF-8
 * @param file names the file in messages
 * @throws WorkflowError OPT-EXT-003 if it is not YAML as Dify reads it, OPT-EXT-010 if it is not an export of Dify (the
 * message says what is missing); TypeError for a wrong argument
 */
export function parseDifyFile(
  bytes: Uint8Array | string,
  file: string,
  options: DifyFileOptions = {},
): DifyFile {
  checkSource(bytes, file)
  rejectUnknown(options, ['fileBytesMax'], 'parseDifyFile')
  const parsed = parseYamlOnce(bytes, file, fileBytesMaxOption(options.fileBytesMax))
  const before = known.get(parsed)
  if (before?.file === file) return before
  const made = makeFile(parsed, file)
  known.set(parsed, made)
  sources.set(made, parsed)
  return made
}

/** What a file was made of. A copy of one (from another process) is parsed again. */
export function parsedYamlOf(file: DifyFile): ParsedYaml {
  return sources.get(file) ?? parseYamlOnce(file.bytes, file.file, FILE_BYTES_MAX)
}

function checkSource(source: unknown, file: unknown): void {
  if (typeof source !== 'string' && !isBytes(source))
    throw wrongArgument(
      `Argument "source" must be a text or its bytes as Uint8Array, got ${shown(source)}`,
    )
  if (typeof file !== 'string' || file === '')
    throw wrongArgument(
      `Argument "file" must be a non-empty string, the name of the file for messages, got ${shown(file)}`,
    )
}

function makeFile(parsed: ParsedYaml, file: string): DifyFile {
  const { root, places } = parsed
  if (root.kind !== 'map') throw refusal(file, 'it is not a mapping at the top')
  const notes: (FileNote & { readonly offset: number })[] = parsed.notes.map((note) => ({
    ...note,
    ...places.at(note.offset),
    pointer: pointerAt(root, note.offset),
  }))
  const note = (kind: FileNote['kind'], node: YamlNode, pointer: string, message: string): void => {
    const offset = (node.alias ?? node).start
    notes.push({ kind, message, pointer, offset, ...places.at(offset) })
  }
  const onSkipped: OnSkipped = (node, pointer, reason) => note('bad_item', node, pointer, reason)
  const kind = kindOf(root, note)
  const mode = sourceOf(fieldOf(root, 'app', 'mode'))
  const parts = partsOf(root, mode, file)
  const found =
    parts.nodes === undefined ? [] : findNodes(parts.nodes, new PlainValues('text'), onSkipped)
  const edges = findEdges(fieldOf(root, 'workflow', 'graph', 'edges'), onSkipped)
  const texts = [
    ...findAppTexts(root, { ...parts, workflow: parts.nodes !== undefined }, onSkipped),
    ...found.flatMap((node) => findNodeTexts(node, onSkipped)),
  ]
  return Object.freeze({
    file,
    digest: parsed.digest,
    bytes: parsed.bytes,
    encoding: parsed.encoding,
    value: new PlainValues('value').of(root),
    name: nameOf(root, kind, file),
    mode,
    kind,
    nodes: Object.freeze(found.map(({ node }) => node)),
    edges: Object.freeze(edges),
    texts: Object.freeze(inOrder(texts).map((text) => carriedText(text, parsed))),
    notes: Object.freeze(
      notes
        .sort((a, b) => a.offset - b.offset)
        .map(({ kind, message, line, column, pointer }) =>
          Object.freeze({ kind, message, line, column, pointer }),
        ),
    ),
  })
}

type Note = (kind: FileNote['kind'], node: YamlNode, pointer: string, message: string) => void

/** Dify treats every file but a pipeline as an app. */
function kindOf(root: YamlNode, note: Note): DifyFile['kind'] {
  const node = fieldOf(root, 'kind')
  const kind = sourceOf(node)
  if (kind === 'rag_pipeline') return kind
  if (node !== undefined && kind !== 'app')
    note('kind', node, '/kind', `the kind is ${shown(kind)}; Dify treats the file as an app`)
  return 'app'
}

interface Parts {
  readonly nodes: YamlList | undefined
  readonly app: boolean
  readonly agent: boolean
}

/** Modes of apps whose prompts are in `model_config`. */
const MODES_WITHOUT_GRAPH: readonly (string | undefined)[] = ['chat', 'agent-chat', 'completion']
const MODES_WITH_GRAPH: readonly (string | undefined)[] = ['workflow', 'advanced-chat']

/** A file may have parts that its mode does not use. */
function partsOf(root: YamlNode, mode: string | undefined, file: string): Parts {
  const [workflow, app, agent] = ['workflow', 'model_config', 'agent_packages'].map(
    (name) => fieldOf(root, name)?.kind === 'map',
  )
  if (MODES_WITHOUT_GRAPH.includes(mode) && app === true)
    return { nodes: undefined, app: true, agent: false }
  if (workflow === true)
    return { nodes: nodeList(root, file), app: false, agent: mode === 'agent' && agent === true }
  if (MODES_WITH_GRAPH.includes(mode) || (app !== true && agent !== true)) {
    const hint = app === true ? `, and its mode is ${shown(mode)}` : ''
    throw refusal(file, `it has no "workflow" mapping${hint}`)
  }
  return { nodes: undefined, app: app === true, agent: agent === true }
}

function nodeList(root: YamlNode, file: string): YamlList {
  const nodes = fieldOf(root, 'workflow', 'graph', 'nodes')
  if (nodes?.kind === 'list') return nodes
  throw refusal(file, 'it has no list at "workflow.graph.nodes"')
}

function nameOf(root: YamlNode, kind: DifyFile['kind'], file: string): string {
  const name = sourceOf(fieldOf(root, kind, 'name')) ?? sourceOf(fieldOf(root, 'app', 'name'))
  if (name !== undefined && name.trim() !== '') return name
  const base = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1)
  return base.replace(/\.ya?ml$/i, '').trim()
}

function inOrder(texts: readonly FoundText[]): FoundText[] {
  const startOf = ({ scalar }: FoundText): number => (scalar.alias ?? scalar).start
  return texts.toSorted((a, b) => startOf(a) - startOf(b))
}

function carriedText(found: FoundText, { places }: ParsedYaml): CarriedText {
  const { scalar, ...rest } = found
  return Object.freeze({
    ...rest,
    text: textOf(scalar) ?? '',
    ...places.at((scalar.alias ?? scalar).start),
  })
}

function refusal(file: string, reason: string): WorkflowError {
  return new WorkflowError('OPT-EXT-010', `${file} is not a Dify workflow: ${reason}`, {
    context: { file, reason },
  })
}
