import {
  baseNameOf,
  isTelling,
  type FoundWorkflow,
  type KnownWorkflow,
} from './recognise-workflow.js'

/** Workflows by what may speak for them, so that a file is not compared with all of a store. */
export class WorkflowIndex<Workflow extends KnownWorkflow> {
  readonly #workflows = new Map<string, Workflow>()
  readonly #ids = new Map<string, Set<string>>()

  /** Adds a workflow, or replaces the one with its id. */
  put(workflow: Workflow): void {
    const { record } = workflow
    this.#workflows.set(record.workflow_id, workflow)
    for (const key of keysOfRecord(workflow)) {
      const ids = this.#ids.get(key)
      if (ids === undefined) this.#ids.set(key, new Set([record.workflow_id]))
      else ids.add(record.workflow_id)
    }
  }

  /** The workflow with an id; undefined if there is none. */
  get(workflowId: string): Workflow | undefined {
    return this.#workflows.get(workflowId)
  }

  /** All of them, in the order in which they were added. */
  get all(): readonly Workflow[] {
    return [...this.#workflows.values()]
  }

  /** Those that share a name, the name of a file, the id of an app, or the id of a node made by Dify's editor. */
  candidates(found: FoundWorkflow): readonly Workflow[] {
    const ids = new Set(keysOfFile(found).flatMap((key) => [...(this.#ids.get(key) ?? [])]))
    return [...ids].flatMap((id) => this.#workflows.get(id) ?? [])
  }
}

function keysOfRecord({ record }: KnownWorkflow): readonly string[] {
  return [
    `name:${record.workflow_id}`,
    `name:${record.app_name}`,
    ...record.sources.map((source) => `file:${baseNameOf(source)}`),
    ...(record.app_id === undefined ? [] : [`app:${record.app_id}`]),
    ...record.prompts.flatMap(({ node_id }) => (isTelling(node_id) ? [`node:${node_id}`] : [])),
  ]
}

function keysOfFile({
  file,
  appName,
  workflowId,
  appId,
  prompts,
}: FoundWorkflow): readonly string[] {
  return [
    `name:${workflowId ?? appName}`,
    `name:${appName}`,
    `file:${baseNameOf(file)}`,
    ...(appId === undefined ? [] : [`app:${appId}`]),
    ...prompts.flatMap(({ nodeId }) => (isTelling(nodeId) ? [`node:${nodeId}`] : [])),
  ]
}
