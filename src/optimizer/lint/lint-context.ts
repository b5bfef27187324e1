import type { CarriedText, DifyFile } from '../../dify/workflow/dify-file.js'
import { type Reference, referencesOf } from '../../dify/workflow/references.js'
import type { DifyNode } from '../../dify/workflow/nodes.js'
import { isRecord } from '../../base/values.js'
import type { Fault } from './finding.js'
import { outputsOf } from './node-outputs.js'
import { WorkflowGraph } from './workflow-graph.js'

/** What the rules look at: a file, its graph, and the names that are known in it. */
export interface LintContext {
  readonly file: DifyFile
  readonly graph: WorkflowGraph
  /** The texts of each node, by its id. */
  readonly textsOf: ReadonlyMap<string, readonly CarriedText[]>
  readonly environment: ReadonlySet<string>
  readonly conversation: ReadonlySet<string>
  /** The nodes that have an output of a name: inputs, and outputs of code and extractors. */
  readonly named: ReadonlyMap<string, readonly DifyNode[]>
}

/** A reference in a text, and which of those that are written alike it is. */
export interface Place {
  readonly text: CarriedText
  readonly reference: Reference
  readonly occurrence: number
}

/** Reads a file for the rules. */
export function contextOf(file: DifyFile): LintContext {
  const textsOf = new Map<string, CarriedText[]>()
  for (const text of file.texts) {
    if (text.node === undefined) continue
    const texts = textsOf.get(text.node.id) ?? []
    textsOf.set(text.node.id, texts)
    texts.push(text)
  }
  const workflow = isRecord(file.value) ? file.value['workflow'] : undefined
  return {
    file,
    graph: new WorkflowGraph(file),
    textsOf,
    environment: variableNames(workflow, 'environment_variables'),
    conversation: variableNames(workflow, 'conversation_variables'),
    named: namedOutputs(file.nodes),
  }
}

/** All references of a text, code left out: a prompt that shows how references are written does so in code. */
export function placesIn(text: CarriedText): readonly Place[] {
  const seen = new Map<string, number>()
  const isCode = codeIn(text.text)
  return referencesOf(text.text, text.syntax).flatMap((reference) => {
    const occurrence = seen.get(reference.raw) ?? 0
    seen.set(reference.raw, occurrence + 1)
    return !reference.resolvable && isCode(reference.start) ? [] : [{ text, reference, occurrence }]
  })
}

/** A fault at a reference. */
export function faultAt(
  { text, reference, occurrence }: Place,
  message: string,
  remedy: string,
): Fault {
  return {
    message,
    remedy,
    pointer: text.pointer,
    node: text.node,
    within: { text: reference.raw, occurrence },
  }
}

/** Tells whether an offset of a text is in inline code of one line, or in fenced code. */
export function codeIn(text: string): (offset: number) => boolean {
  const marks = new Uint8Array(text.length + 1)
  for (const match of text.matchAll(/`[^`\n]{1,300}`/g))
    marks.fill(1, match.index, match.index + match[0].length)
  let open: number | undefined
  for (const match of text.matchAll(/^[ \t]{0,12}```/gm)) {
    if (open === undefined) open = match.index
    else {
      marks.fill(1, open, match.index)
      open = undefined
    }
  }
  return (offset) => marks[offset] === 1
}

/** Types whose outputs have names that their author chose. */
const NAMING: ReadonlySet<string> = new Set(['start', 'code', 'parameter-extractor'])

function namedOutputs(nodes: readonly DifyNode[]): ReadonlyMap<string, readonly DifyNode[]> {
  const named = new Map<string, DifyNode[]>()
  for (const node of nodes)
    if (NAMING.has(node.type))
      for (const name of outputsOf(node) ?? []) {
        const sources = named.get(name) ?? []
        named.set(name, sources)
        sources.push(node)
      }
  return named
}

function variableNames(workflow: unknown, field: string): ReadonlySet<string> {
  const list = isRecord(workflow) ? workflow[field] : undefined
  if (!Array.isArray(list)) return new Set()
  return new Set(
    list.flatMap((item: unknown) =>
      isRecord(item) && typeof item['name'] === 'string' ? [item['name']] : [],
    ),
  )
}
