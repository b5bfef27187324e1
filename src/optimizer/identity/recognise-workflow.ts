import type { FoundPrompt, KnownPrompt } from './match-prompts.js'
import type { WorkflowRecord } from './workflow-record.js'

/** A workflow of the store, with the latest text of each of its prompts. */
export interface KnownWorkflow {
  readonly record: WorkflowRecord
  readonly prompts: readonly KnownPrompt[]
}

/** A workflow of a file, before it is known which one of the store it is. */
export interface FoundWorkflow {
  readonly file: string
  readonly appName: string
  /** What the caller says: the id of the workflow, the id that Dify has for the app. */
  readonly workflowId?: string | undefined
  readonly appId?: string | undefined
  readonly prompts: readonly FoundPrompt[]
}

/** How a file was recognised. */
export type RecognisedBy = 'app_id' | 'path' | 'nodes' | 'texts' | 'caller'

/**
 * What a file is: a workflow of the store, a new one, or one that cannot be told apart from a workflow of the store that
 * has the name. `resembles` names a workflow of another name with some of the same nodes: a copy, or the app before it
 * got another name and another file.
 */
export type Recognition =
  | {
      readonly kind: 'known'
      readonly workflow: KnownWorkflow
      readonly by: RecognisedBy
    }
  | { readonly kind: 'new'; readonly workflowId: string; readonly resembles: string | undefined }
  | { readonly kind: 'unclear'; readonly workflow: KnownWorkflow }

/** Unchanged texts with fewer characters are in many apps: they prove nothing about hand-made ids. */
const TELLING_CHARACTERS = 100

/** Standard input: it has no path. */
const NO_FILE = '-'

/**
 * Recognises a workflow. An exported app has no id, and names are not unique, so one of these has to speak for a
 * workflow of the store: the id of the app; the path of the file, with the same name or a common node; the name, with a
 * common node. Pure.
 *
 * @param sameApp whether the name is enough, whatever else speaks for another workflow
 */
export function recogniseWorkflow(
  found: FoundWorkflow,
  known: readonly KnownWorkflow[],
  sameApp: boolean,
): Recognition {
  const name = found.workflowId ?? found.appName
  const byAppId = known.find(({ record }) => {
    return found.appId !== undefined && record.app_id === found.appId
  })
  if (byAppId !== undefined) return { kind: 'known', workflow: byAppId, by: 'app_id' }
  const possible = known.filter(({ record }) => mayBe(found, record))
  const named = possible
    .filter(({ record }) => isNamed(record, found))
    .sort((a, b) => Number(isCalled(b, name)) - Number(isCalled(a, name)))
  const [said] = named
  if (sameApp && said !== undefined) return { kind: 'known', workflow: said, by: 'caller' }
  const [best] = [
    ...evidenceOf(found, named),
    ...(found.workflowId === undefined ? evidenceOf(found, movedFrom(found, possible)) : []),
  ].sort((a, b) => b.weight - a.weight)
  if (best !== undefined) return { kind: 'known', workflow: best.workflow, by: best.by }
  const same = said ?? known.find((workflow) => isCalled(workflow, name))
  if (same === undefined)
    return { kind: 'new', workflowId: name, resembles: resembled(found, known) }
  return { kind: 'unclear', workflow: same }
}

function isCalled({ record }: KnownWorkflow, name: string): boolean {
  return record.workflow_id === name
}

/** Two ids of Dify are two apps. */
function mayBe({ appId, workflowId }: FoundWorkflow, record: WorkflowRecord): boolean {
  if (appId !== undefined && record.app_id !== undefined) return false
  return workflowId === undefined || record.workflow_id === workflowId
}

function isNamed(record: WorkflowRecord, { appName, workflowId }: FoundWorkflow): boolean {
  if (workflowId !== undefined) return record.workflow_id === workflowId
  return record.app_name === appName || record.workflow_id === appName
}

/** Workflows of another name that were imported from the same file and have a node in common with it. */
function movedFrom(
  found: FoundWorkflow,
  known: readonly KnownWorkflow[],
): readonly KnownWorkflow[] {
  return known.filter(
    (workflow) =>
      !isNamed(workflow.record, found) &&
      isFrom(workflow.record, found.file) &&
      commonNodes(found, workflow).length > 0,
  )
}

interface Evidence {
  readonly workflow: KnownWorkflow
  readonly by: RecognisedBy
  readonly weight: number
}

/** Common nodes first, then the path. */
function evidenceOf(found: FoundWorkflow, known: readonly KnownWorkflow[]): readonly Evidence[] {
  return known.flatMap((workflow): readonly Evidence[] => {
    const nodes = commonNodes(found, workflow)
    const telling = nodes.filter(isTelling).length
    const path = isFrom(workflow.record, found.file)
    if (path) return [{ workflow, by: 'path', weight: 1 + nodes.length + telling }]
    if (telling > 0) return [{ workflow, by: 'nodes', weight: nodes.length + telling }]
    if (hasTellingTexts(found, workflow) || !hasSource(workflow.record))
      return nodes.length > 0 ? [{ workflow, by: 'texts', weight: nodes.length }] : []
    return []
  })
}

/** The ids of nodes that are in both: made by Dify's editor, or with a text that has not changed. */
function commonNodes(found: FoundWorkflow, { record, prompts }: KnownWorkflow): readonly string[] {
  const common = prompts.filter(({ entry, text }) =>
    found.prompts.some(
      (prompt) =>
        prompt.nodeId === entry.node_id &&
        (isTelling(entry.node_id) || !hasSource(record) || prompt.text === text),
    ),
  )
  return [...new Set(common.map(({ entry }) => entry.node_id))]
}

/** Whether at least half of the texts of the store are in the file, in the same nodes, and are not just any texts. */
function hasTellingTexts(found: FoundWorkflow, { prompts }: KnownWorkflow): boolean {
  const present = prompts.filter(({ entry }) => entry.gone_since === undefined)
  const unchanged = present.filter(({ entry, text }) =>
    found.prompts.some((prompt) => prompt.nodeId === entry.node_id && prompt.text === text),
  )
  const characters = unchanged.reduce((sum, { text = '' }) => sum + text.length, 0)
  return unchanged.length * 2 >= present.length && characters >= TELLING_CHARACTERS
}

/** What was imported by the first release from standard input, or before paths were recorded, does not have one. */
function hasSource(record: WorkflowRecord): boolean {
  return record.sources.length > 0
}

/** Dify's editor names a node by the time in milliseconds, or by a UUID: other apps have other ones, except copies. */
export function isTelling(nodeId: string): boolean {
  return /^\d{12,}/.test(nodeId) || /^[0-9a-f]{8}-[0-9a-f]{4}-/i.test(nodeId)
}

function resembled(found: FoundWorkflow, known: readonly KnownWorkflow[]): string | undefined {
  const telling = new Set(found.prompts.map(({ nodeId }) => nodeId).filter(isTelling))
  const like = known.find(({ prompts }) => prompts.some(({ entry }) => telling.has(entry.node_id)))
  return like?.record.workflow_id
}

/** Whether a workflow was imported from a file of this path. */
export function isFrom(record: WorkflowRecord, file: string): boolean {
  return file !== NO_FILE && record.sources.some((source) => isSamePath(source, file))
}

/** The path of a file as a record keeps it; undefined for standard input. */
export function sourceOf(file: string): string | undefined {
  return file === NO_FILE ? undefined : slashed(file)
}

/** The last part of a path: equal for two paths of one file. */
export function baseNameOf(path: string): string {
  return partsOf(path).at(-1) ?? ''
}

/** The two paths may start at different directories: then one ends with the other. */
function isSamePath(left: string, right: string): boolean {
  const [short, long] = [partsOf(left), partsOf(right)].sort((a, b) => a.length - b.length)
  return short !== undefined && long !== undefined && endsWith(long, short)
}

function partsOf(path: string): readonly string[] {
  return slashed(path)
    .split('/')
    .filter((part) => part !== '' && part !== '.')
}

function endsWith(long: readonly string[], short: readonly string[]): boolean {
  return short.length > 0 && short.every((part, at) => part === long.at(at - short.length))
}

function slashed(path: string): string {
  return path.replaceAll('\\', '/')
}
