import { wrongArgument } from '../../base/misuse.js'
import { rejectUnknown, shown } from '../../base/options.js'
import type { EnvConfig } from '../../config/env-config.js'
import { decodeBytes } from '../../dify/file/encoding.js'
import { parseDifyFile, type DifyFile } from '../../dify/workflow/dify-file.js'
import { readInputFile } from '../../disk/input-files.js'
import type { PromptVersion } from '../../versions/prompts/prompt-version.js'
import type { VersionStorage } from '../../versions/version-storage.js'
import type { EvaluatorSpec } from '../evaluation/evaluator-spec.js'
import type { PromptOptimization, PromptPatch } from '../models/prompt-patch.js'
import type { RunManifest, TestCase } from '../models/run-manifest.js'
import type { TestPlan, WorkflowPlanEntry } from '../models/test-plan.js'
import type { WorkflowCatalog, WorkflowEntry } from '../models/workflow-catalog.js'
import type { PointerOptions } from '../patching/prompt-pointers.js'
import { TestCaseGenerator } from './test-case-generator.js'

/** What puts patches into a workflow's file. `PromptPatchEngine` does. */
export interface DslPatcher {
  applyPatches(
    file: DifyFile,
    patches: readonly PromptPatch[],
    options?: PointerOptions,
  ): Promise<{ readonly dsl: string }>
}

export interface RunManifestBuilderOptions {
  readonly catalog: WorkflowCatalog
  readonly plan: TestPlan
  /** Its `io_paths.workflow_dsl` is where relative paths of the catalog begin. Default: where the catalog is. */
  readonly env?: Pick<EnvConfig, 'io_paths'> | undefined
  /** Needed for variants with patches. */
  readonly patchEngine?: DslPatcher | undefined
  /**
   * The store that the workflows were imported into: patches may name its prompts with `by_prompt`. The ids that
   * `OptimizerService` gives are known without it.
   */
  readonly storage?: VersionStorage<PromptVersion> | undefined
  /** Default: pairwise, at most 1000 combinations. */
  readonly caseGenerator?: TestCaseGenerator | undefined
  /** Scores the outputs: each manifest repeats it. Default: none, so that success is the only score. */
  readonly evaluator?: EvaluatorSpec | undefined
}

const OPTIONS = ['catalog', 'plan', 'env', 'patchEngine', 'storage', 'caseGenerator', 'evaluator']
/** Dify itself reads no larger file. */
const FILE_BYTES_MAX = 10 * 1024 * 1024

/**
 * Makes the manifests of a plan: for each workflow that is enabled, first the workflow as it is, then each variant with
 * its patches.
 */
export class RunManifestBuilder {
  readonly #options: RunManifestBuilderOptions
  readonly #generator: TestCaseGenerator

  /** @throws TypeError for an unknown option */
  constructor(options: RunManifestBuilderOptions) {
    rejectUnknown(options, OPTIONS, 'RunManifestBuilder')
    this.#options = options
    this.#generator = options.caseGenerator ?? new TestCaseGenerator()
  }

  /**
   * All manifests, in the order of the plan. A variant with less weight than the heaviest of its workflow gets that share
   * of the cases; the workflow as it is gets all of them.
   *
   * @throws TypeError for a workflow that the catalog does not have, and for a parameter without values; what reading a
   *   file and patching it throw
   */
  async buildAll(): Promise<readonly RunManifest[]> {
    const cases = this.#generator.generateAllCases(this.#options.plan)
    const manifests: RunManifest[] = []
    for (const entry of this.#options.plan.workflows.filter(({ enabled }) => enabled)) {
      const own = await this.#buildOne(entry, cases.get(entry.catalog_id) ?? [])
      for (const manifest of own) manifests.push(manifest)
    }
    return manifests
  }

  async #buildOne(
    plan: WorkflowPlanEntry,
    cases: readonly TestCase[],
  ): Promise<readonly RunManifest[]> {
    const workflow = this.#workflowOf(plan.catalog_id)
    const path = workflow.dslPathResolved(this.#options.env?.io_paths['workflow_dsl'])
    const bytes = await readInputFile(path, FILE_BYTES_MAX)
    const file = parseDifyFile(bytes, path, { fileBytesMax: FILE_BYTES_MAX })
    const dsl = decodeBytes(bytes).text
    const variants = plan.prompt_optimization
    const heaviest = variants.reduce((most, { weight }) => Math.max(most, weight), 0)
    const manifests = [this.#manifest(workflow, null, dsl, cases)]
    for (const variant of variants) {
      if (variant.weight === 0) continue
      const share = Math.ceil((cases.length * variant.weight) / heaviest)
      const patched = await this.#patched({ id: workflow.id, file, dsl }, variant, variants)
      const name = variant.variant_id
      manifests.push(this.#manifest(workflow, name, patched, cases.slice(0, share)))
    }
    return manifests
  }

  /** With the patches of a variant; if they fail, with those of its fallback. */
  async #patched(
    workflow: { readonly id: string; readonly file: DifyFile; readonly dsl: string },
    variant: PromptOptimization,
    variants: readonly PromptOptimization[],
  ): Promise<string> {
    const { patchEngine, storage } = this.#options
    if (variant.nodes.length === 0) return workflow.dsl
    if (patchEngine === undefined)
      throw wrongArgument(
        `Option "patchEngine" of RunManifestBuilder is needed for the patches of the variant "${variant.variant_id}"`,
      )
    try {
      const { dsl } = await patchEngine.applyPatches(workflow.file, variant.nodes, {
        storage,
        catalogId: workflow.id,
      })
      return dsl
    } catch (error) {
      const fallback = variants.find((one) => one.variant_id === variant.fallback_variant)
      // The fallback has none of its own here: two that name each other would never end.
      if (fallback === undefined) throw error
      return await this.#patched(workflow, { ...fallback, fallback_variant: undefined }, [])
    }
  }

  #manifest(
    workflow: WorkflowEntry,
    variantId: string | null,
    dsl: string,
    cases: readonly TestCase[],
  ): RunManifest {
    const { plan, evaluator } = this.#options
    return {
      workflow_id: workflow.id,
      ...(workflow.version === undefined ? {} : { workflow_version: workflow.version }),
      variant_id: variantId,
      dsl,
      cases,
      execution_policy: plan.execution,
      rate_limits: plan.execution.rate_control ?? null,
      evaluator: evaluator ?? null,
      metadata: {},
    }
  }

  #workflowOf(id: string): WorkflowEntry {
    const { catalog } = this.#options
    const workflow = catalog.getWorkflow(id)
    if (workflow !== undefined) return workflow
    const known = catalog.workflows.map((one) => one.id)
    throw wrongArgument(`The plan names the workflow ${shown(id)}; the catalog has ${shown(known)}`)
  }
}
