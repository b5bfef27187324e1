import { createTwoFilesPatch } from 'diff'
import { z } from 'zod'
import { codeOf, toError } from '../../base/values.js'
import { oneOf, rejectUnknown, stringOption } from '../../base/options.js'
import type { EnvConfig } from '../../config/env-config.js'
import { strictlyParsed } from '../../config/strict.js'
import { readFileBelow } from '../../disk/input-files.js'
import { decodeBytes } from '../../dify/file/encoding.js'
import { editTexts, type TextEdit } from '../../dify/workflow/replace-texts.js'
import type { CarriedText, DifyFile } from '../../dify/workflow/dify-file.js'
import { promptPatchSchema, type PromptPatch, type PromptStrategy } from '../models/prompt-patch.js'
import { PatchError, type PatchErrorCode } from './patch-error.js'
import { lostPlaceholders, patchedText } from './patched-text.js'
import { promptPointers, type PointerOptions } from './prompt-pointers.js'
import type { Rendered } from './render-template.js'
import { selectTexts, type PromptPointers } from './select-texts.js'

export interface PromptPatchEngineOptions {
  /** The configuration. Its `io_paths.templates` is the root of template files. */
  readonly env?: Pick<EnvConfig, 'io_paths'> | undefined
  /** The directory that template files are in or below. Default: that of `env`; without any, files are refused. */
  readonly templateRoot?: string | undefined
  /** Whether a patch that loses a placeholder fails (OPT-VAR-001), or is applied and reported. Default 'error'. */
  readonly lostPlaceholders?: 'error' | 'report' | undefined
}

/** One text that patches changed, or would have changed. */
export interface PatchChange {
  /** The JSON pointer of the text. */
  readonly pointer: string
  /** '' for a text of the app as a whole. */
  readonly node_id: string
  /** The line of the text in the file, from 1. */
  readonly line: number
  readonly before: string
  readonly after: string
  /** How the text is written in the file now: `literal` and `folded` are the blocks. */
  readonly style: TextEdit['style']
  /** The places of the patches in their list. */
  readonly patches: readonly number[]
  /** Placeholders that `before` has more often than `after`. */
  readonly lost_placeholders: readonly string[]
}

/** A patch whose selector matches nothing, and that is left out. */
export interface SkippedPatch {
  /** Its place in the list. */
  readonly patch: number
  readonly reason: string
}

/** A workflow with its patches. */
export interface PatchedWorkflow {
  /** The whole file, byte for byte as before outside the texts that changed. */
  readonly bytes: Uint8Array
  /** The same as a text. */
  readonly dsl: string
  readonly changes: readonly PatchChange[]
  readonly skipped: readonly SkippedPatch[]
  /** The difference of the two files as a unified diff; '' if there is none. */
  readonly diff: string
}

/** Longest template, in bytes. */
const TEMPLATE_BYTES_MAX = 1024 * 1024

/**
 * Applies patches to the file of a workflow.
 *
 * @example
 * const engine = new PromptPatchEngine({ env })
 * const { bytes, diff } = await engine.applyPatches(file, patches)
 */
export class PromptPatchEngine {
  readonly #templateRoot: string | undefined
  readonly #lostPlaceholders: 'error' | 'report'

  /** @throws TypeError for wrong options */
  constructor(options: PromptPatchEngineOptions = {}) {
    rejectUnknown(options, ['env', 'templateRoot', 'lostPlaceholders'], 'PromptPatchEngine')
    const root = options.templateRoot ?? options.env?.io_paths['templates']
    this.#templateRoot = root === undefined ? undefined : stringOption('templateRoot', root)
    this.#lostPlaceholders = oneOf(
      'lostPlaceholders',
      options.lostPlaceholders,
      ['error', 'report'],
      'error',
    )
  }

  /**
   * Applies patches in their order; the second patch of a text begins with what the first one made. Nothing outside the
   * changed texts changes, and without a change the bytes are those of the file.
   *
   * @param file what `parseDifyFile` returns
   * @param options `storage`, `workflowId` and `catalogId`: where `by_prompt` finds prompts
   * @throws PatchError OPT-PATCH-001, OPT-PATCH-002, OPT-PATCH-003, OPT-VAR-001 for the first patch that cannot be
   *   applied; WorkflowError OPT-PATCH-010 if the file cannot hold the texts; TypeError for a patch of a wrong shape
   */
  async applyPatches(
    file: DifyFile,
    patches: readonly PromptPatch[],
    options: PointerOptions = {},
  ): Promise<PatchedWorkflow> {
    rejectUnknown(options, ['storage', 'workflowId', 'catalogId'], 'applyPatches')
    const checked = strictlyParsed(z.array(promptPatchSchema), patches, 'patches')
    const usesPrompts = checked.some(({ selector }) => selector.by_prompt !== undefined)
    const pointers = usesPrompts ? await promptPointers(file, options) : new Map<string, string>()
    const draft = new Draft(file)
    for (const [index, patch] of checked.entries())
      draft.apply(index, patch, pointers, await this.#templateOf(patch.strategy))
    const changes = draft.changes()
    if (this.#lostPlaceholders === 'error') rejectLosses(file, changes)
    const texts = new Map(changes.map(({ pointer, after }) => [pointer, after]))
    const { bytes, edits } = editTexts(file, texts)
    const styles = new Map(edits.map(({ pointer, style }) => [pointer, style]))
    return {
      bytes,
      ...textsOf(file, bytes),
      changes: changes.map((change) => ({
        ...change,
        style: styles.get(change.pointer) ?? 'double',
      })),
      skipped: draft.skipped,
    }
  }

  /** The text of the template, or why it cannot be read. */
  async #templateOf({ template }: PromptStrategy): Promise<Rendered | undefined> {
    if (template?.inline !== undefined) return { kind: 'text', text: template.inline }
    if (template?.file === undefined) return undefined
    if (this.#templateRoot === undefined)
      return problem(
        `${template.file} cannot be read: there is no "templateRoot", nor io_paths.templates`,
      )
    try {
      const bytes = await readFileBelow(this.#templateRoot, template.file, TEMPLATE_BYTES_MAX)
      return { kind: 'text', text: Buffer.from(bytes).toString('utf8') }
    } catch (error) {
      return problem(
        `${template.file} cannot be read: ${READING[codeOf(error) ?? ''] ?? toError(error).message}`,
      )
    }
  }
}

const READING: Readonly<Record<string, string>> = {
  EACCES: 'it is not below the root of the templates, or permission is denied',
  ENOENT: 'there is no such file below the root of the templates',
  EFBIG: `it is larger than ${TEMPLATE_BYTES_MAX} bytes`,
  EISDIR: 'it is a directory',
  EINVAL: 'it is not a regular file',
}

function problem(reason: string): Rendered {
  return { kind: 'problem', reason }
}

/** The texts of a file while patches are applied to them. */
class Draft {
  readonly skipped: SkippedPatch[] = []
  readonly #file: DifyFile
  readonly #texts = new Map<
    string,
    { readonly text: CarriedText; after: string; readonly patches: number[] }
  >()

  constructor(file: DifyFile) {
    this.#file = file
  }

  apply(
    index: number,
    { selector, strategy }: PromptPatch,
    pointers: PromptPointers,
    template: Rendered | undefined,
  ): void {
    const selection = selectTexts(this.#file, selector, pointers)
    if (selection.kind === 'missing') {
      const ifMissing = selector.constraints?.if_missing ?? selector.if_missing ?? 'error'
      if (ifMissing === 'error') throw this.#failure('OPT-PATCH-001', index, selection.reason)
      this.skipped.push({ patch: index, reason: selection.reason })
      return
    }
    if (selection.kind === 'ambiguous')
      throw this.#failure('OPT-PATCH-002', index, selection.reason)
    for (const text of selection.texts) {
      const state = this.#texts.get(text.pointer) ?? { text, after: text.text, patches: [] }
      const made = patchedText({ ...text, text: state.after }, { strategy, template })
      if (made.kind === 'problem') throw this.#failure('OPT-PATCH-003', index, made.reason)
      state.after = made.text
      state.patches.push(index)
      this.#texts.set(text.pointer, state)
    }
  }

  changes(): readonly DraftChange[] {
    return [...this.#texts.values()]
      .filter(({ text, after }) => text.text !== after)
      .map(({ text, after, patches }) => ({
        pointer: text.pointer,
        node_id: text.node?.id ?? '',
        line: text.line,
        before: text.text,
        after,
        patches,
        lost_placeholders: lostPlaceholders(text, after),
      }))
  }

  #failure(code: PatchErrorCode, index: number, reason: string): PatchError {
    const { file } = this.#file
    return new PatchError(code, `Patch ${index} does not fit ${file}: ${reason}`, {
      context: { file, patch: index, reason },
    })
  }
}

type DraftChange = Omit<PatchChange, 'style'>

function rejectLosses({ file }: DifyFile, changes: readonly DraftChange[]): void {
  const change = changes.find(({ lost_placeholders }) => lost_placeholders.length > 0)
  if (change === undefined) return
  const { lost_placeholders, pointer, patches } = change
  throw new PatchError(
    'OPT-VAR-001',
    `Patch ${patches.join(', ')} of ${file} would lose ${lost_placeholders.join(', ')} at ${pointer}`,
    { context: { file, patch: patches.at(-1), pointer, lost: lost_placeholders } },
  )
}

/** Most edits that are looked for in a diff; edits of texts are few. */
const EDITS_MAX = 20_000

function textsOf(file: DifyFile, bytes: Uint8Array): Pick<PatchedWorkflow, 'dsl' | 'diff'> {
  const [before, dsl] = [decodeBytes(file.bytes).text, decodeBytes(bytes).text]
  if (before === dsl) return { dsl, diff: '' }
  const options = { context: 3, maxEditLength: EDITS_MAX }
  const diff = createTwoFilesPatch(file.file, file.file, before, dsl, 'before', 'after', options)
  return { dsl, diff: diff ?? '' }
}
