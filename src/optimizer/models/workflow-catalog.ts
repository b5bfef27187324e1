import { resolve } from 'node:path'
import { z } from 'zod'
import { rejectUnknown, stringOption } from '../../base/options.js'
import { strict, strictlyParsed } from '../../config/strict.js'

/** A node of a workflow as a catalog describes it. Holdfast reads the nodes from the workflow's file. */
export interface NodeMeta {
  readonly node_id: string
  readonly label?: string | undefined
  readonly type?: string | undefined
  /** Its JSON pointer in the file. */
  readonly path?: string | undefined
  /** Where the node has texts that may change. */
  readonly prompt_fields: readonly string[]
}

/** What a catalog says about one workflow. */
export interface WorkflowEntryInput {
  /** The user's name for the workflow. It stays the same when the app gets another name. */
  readonly id: string
  readonly label?: string | undefined
  /** `workflow`, `chatflow` or another mode of Dify. */
  readonly type?: string | undefined
  readonly version?: string | undefined
  readonly description?: string | undefined
  /** The file that Dify exported; see `dslPathResolved`. */
  readonly dsl_path: string
  /** The id that Dify has for the app. An exported file does not have it. */
  readonly app_id?: string | undefined
  readonly checksum?: string | undefined
  readonly nodes?: readonly (Partial<NodeMeta> & Pick<NodeMeta, 'node_id'>)[] | undefined
  readonly resources?: Readonly<Record<string, readonly string[]>> | undefined
  readonly tags?: readonly string[] | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/** The content of a catalog's file. */
export interface WorkflowCatalogInput {
  readonly meta?: Readonly<Record<string, unknown>> | undefined
  readonly workflows: readonly WorkflowEntryInput[]
}

/** Where a catalog is from. */
export interface CatalogOptions {
  /** Where its relative paths begin. Default: the working directory. */
  readonly directory?: string | undefined
  /** What messages begin with, such as the name of the file. Default: 'the catalog'; of one workflow, 'the workflow'. */
  readonly source?: string | undefined
}

const nodeSchema = strict({
  node_id: z.string().min(1),
  label: z.string().optional(),
  type: z.string().optional(),
  path: z.string().optional(),
  prompt_fields: z.array(z.string()).default([]),
})

const entrySchema = strict({
  id: z.string().min(1),
  label: z.string().optional(),
  type: z.string().optional(),
  version: z.string().optional(),
  description: z.string().optional(),
  dsl_path: z.string().min(1),
  app_id: z.string().min(1).optional(),
  checksum: z.string().optional(),
  nodes: z.array(nodeSchema).default([]),
  resources: z.record(z.string(), z.array(z.string())).default({}),
  tags: z.array(z.string()).default([]),
  metadata: z.record(z.string(), z.unknown()).default({}),
})

const catalogSchema = strict({
  meta: z.record(z.string(), z.unknown()).default({}),
  workflows: z.array(entrySchema).superRefine((workflows, context) => {
    const seen = new Set<string>()
    for (const [index, { id }] of workflows.entries()) {
      if (seen.has(id))
        context.addIssue({
          code: 'custom',
          path: [index, 'id'],
          input: id,
          message: 'expected an id that no workflow before it has',
        })
      seen.add(id)
    }
  }),
})

/** One workflow of a catalog. */
export class WorkflowEntry {
  readonly id: string
  readonly label: string | undefined
  readonly type: string | undefined
  readonly version: string | undefined
  readonly description: string | undefined
  readonly dsl_path: string
  readonly app_id: string | undefined
  readonly checksum: string | undefined
  readonly nodes: readonly NodeMeta[]
  readonly resources: Readonly<Record<string, readonly string[]>>
  readonly tags: readonly string[]
  readonly metadata: Readonly<Record<string, unknown>>
  readonly #directory: string | undefined

  /** @throws TypeError for an unknown or a wrong key */
  constructor(given: WorkflowEntryInput, options: CatalogOptions = {}) {
    rejectUnknown(options, ['directory', 'source'], 'WorkflowEntry')
    const entry = strictlyParsed(
      entrySchema,
      given,
      '',
      options.source ?? 'the workflow',
      'the workflow',
    )
    this.#directory = directoryOf(options)
    this.id = entry.id
    this.label = entry.label
    this.type = entry.type
    this.version = entry.version
    this.description = entry.description
    this.dsl_path = entry.dsl_path
    this.app_id = entry.app_id
    this.checksum = entry.checksum
    this.nodes = entry.nodes
    this.resources = entry.resources
    this.tags = entry.tags
    this.metadata = entry.metadata
    Object.freeze(this)
  }

  /**
   * The absolute path of the workflow's file.
   *
   * @param base where a relative `dsl_path` begins, such as `env.io_paths.workflow_dsl`. Default: the directory of the
   *   catalog's file; without one, the working directory.
   */
  dslPathResolved(base?: string): string {
    const start = base === undefined ? this.#directory : stringOption('base', base)
    return start === undefined ? resolve(this.dsl_path) : resolve(start, this.dsl_path)
  }
}

/** The workflows of a user, each under an id that stays the same when the app is renamed. */
export class WorkflowCatalog {
  readonly meta: Readonly<Record<string, unknown>>
  readonly workflows: readonly WorkflowEntry[]

  /**
   * @param given the content of a catalog's file
   * @throws TypeError for an unknown key, with the nearest known one, for a wrong value, and for an id that occurs twice
   */
  constructor(given: WorkflowCatalogInput, options: CatalogOptions = {}) {
    rejectUnknown(options, ['directory', 'source'], 'WorkflowCatalog')
    const { meta, workflows } = strictlyParsed(
      catalogSchema,
      given,
      '',
      options.source ?? 'the catalog',
      'the catalog',
    )
    const directory = directoryOf(options)
    this.meta = meta
    this.workflows = workflows.map((entry) => new WorkflowEntry(entry, { directory }))
    Object.freeze(this)
  }

  /** The workflow with this id; undefined if the catalog does not have it. */
  getWorkflow(id: string): WorkflowEntry | undefined {
    return this.workflows.find((workflow) => workflow.id === id)
  }

  /** The workflows that have a tag, in the order of the catalog. */
  getWorkflowsByTag(tag: string): readonly WorkflowEntry[] {
    return this.workflows.filter(({ tags }) => tags.includes(tag))
  }
}

function directoryOf({ directory }: CatalogOptions): string | undefined {
  return directory === undefined ? undefined : stringOption('directory', directory)
}
