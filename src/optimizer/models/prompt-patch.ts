import { z } from 'zod'
import { strict } from '../../config/strict.js'

/** What a patch does when its selector matches nothing: it is refused, or left out and reported. */
export const IF_MISSING = ['error', 'skip'] as const
export type IfMissing = (typeof IF_MISSING)[number]

/** How a patch changes a text. */
export const PATCH_MODES = ['replace', 'prepend', 'append', 'template'] as const
export type PatchMode = (typeof PATCH_MODES)[number]

/** Conditions of a selector. */
export interface SelectorConstraints {
  /** Default 'error'. */
  readonly if_missing?: IfMissing | undefined
  /** The app's mode has to be this one, such as `advanced-chat`. Default: any. */
  readonly workflow_type?: string | undefined
}

/**
 * Which text of a workflow is meant. At least one `by_…` is needed, and a text has to match all that are given. (In the
 * first implementation, `by_path` made it ignore the others, and a selector without any matched every node.)
 */
export interface PromptSelector {
  /** The id of the node. */
  readonly by_id?: string | undefined
  /** A part of the node's title, in any case. */
  readonly by_label?: string | undefined
  /** The type of the node, such as `llm`. */
  readonly by_type?: string | undefined
  /** The JSON pointer of the text in the file, or of a node, a message or any other value that holds one text. */
  readonly by_path?: string | undefined
  /** The id of the prompt in the store. */
  readonly by_prompt?: string | undefined
  /** A short form of `constraints.if_missing`, which wins over it. */
  readonly if_missing?: IfMissing | undefined
  readonly constraints?: SelectorConstraints | undefined
}

/** A template, given as a text or as a file. */
export interface PromptTemplate {
  /** A file below the root of the templates. */
  readonly file?: string | undefined
  readonly inline?: string | undefined
  /** Values of the template's variables, besides `original`: the text that is replaced. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined
}

/** What becomes of the text. */
export interface PromptStrategy {
  readonly mode: PatchMode
  /** The new text of `replace`, or what `prepend` and `append` add. Empty or missing: the text stays as it is. */
  readonly content?: string | undefined
  /** For `template` only. */
  readonly template?: PromptTemplate | undefined
  /** The text that is used when the template fails. Default: the patch fails. */
  readonly fallback_value?: string | undefined
}

/** One change of the texts of a workflow. */
export interface PromptPatch {
  readonly selector: PromptSelector
  readonly strategy: PromptStrategy
}

/** A variant of a workflow: its patches, under a name. */
export interface PromptOptimization {
  readonly variant_id: string
  readonly description?: string | undefined
  /** The share of the cases that run this variant, relative to the others. Default 1. */
  readonly weight: number
  /** The patches. None: the workflow as it is. */
  readonly nodes: readonly PromptPatch[]
  /** The variant that runs instead if a patch of this one fails. Default: none. */
  readonly fallback_variant?: string | undefined
}

/** The name that the first implementation had for it. */
export type PromptVariant = PromptOptimization

const BY = ['by_id', 'by_label', 'by_type', 'by_path', 'by_prompt'] as const
const named = z.string().min(1).optional()
const ifMissing = z.enum(IF_MISSING).optional()

const selectorSchema = strict({
  by_id: named,
  by_label: named,
  by_type: named,
  by_path: z.string().optional(),
  by_prompt: named,
  if_missing: ifMissing,
  constraints: strict({ if_missing: ifMissing, workflow_type: named }).optional(),
}).refine(
  (selector) => BY.some((name) => selector[name] !== undefined),
  `expected at least one of ${BY.join(', ')}`,
)

const templateSchema = strict({
  file: named,
  inline: z.string().optional(),
  variables: z.record(z.string(), z.unknown()).optional(),
}).refine(
  ({ file, inline }) => (file === undefined) !== (inline === undefined),
  'expected either "file" or "inline"',
)

const strategySchema = strict({
  mode: z.enum(PATCH_MODES),
  content: z.string().optional(),
  template: templateSchema.optional(),
  fallback_value: z.string().optional(),
}).refine(
  ({ mode, template }) => (mode === 'template') === (template !== undefined),
  'expected "template" with the mode template, and with no other mode',
)

/** Unknown keys are refused, with the nearest known one. */
export const promptPatchSchema: z.ZodType<PromptPatch> = strict({
  selector: selectorSchema,
  strategy: strategySchema,
})

/** As `promptPatchSchema`. */
export const promptOptimizationSchema: z.ZodType<PromptOptimization> = strict({
  variant_id: z.string().min(1),
  description: z.string().optional(),
  weight: z.number().min(0).default(1),
  nodes: z.array(promptPatchSchema),
  fallback_variant: z.string().min(1).optional(),
})
