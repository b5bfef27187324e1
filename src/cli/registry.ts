import { StorageError, isStorageError } from '../base/errors.js'
import { shown } from '../base/options.js'
import { PromptRegistry } from '../versions/registry/prompt-registry.js'
import { asAsked, type AsOfArguments, type ReadStore } from './as-of.js'
import { notFoundIn } from './version-reference.js'
import type { Store } from './open-store.js'
import type { OpenHow } from './open-store.js'
import type { Session } from './session.js'

/** What a command over the registry works with. */
export interface Opened {
  readonly registry: PromptRegistry
  readonly store: Store
}

/** What a command that only reads works with: the present, or the past. */
export interface OpenedToRead {
  readonly registry: PromptRegistry
  readonly store: ReadStore
}

/** As `withRegistry`, as of the time that was asked for. */
export async function withPastRegistry(
  session: Session,
  asked: AsOfArguments,
  work: (opened: OpenedToRead) => Promise<void>,
): Promise<void> {
  await withRegistry(session, async ({ store: present, registry }) => {
    const store = asAsked(present, asked)
    const isPresent = store === present
    await work({ store, registry: isPresent ? registry : new PromptRegistry({ storage: store }) })
  })
}

/**
 * Works with the registry of a store. HOLDFAST_PROTECTED_LABELS says which labels are protected, separated by commas:
 * they belong to the place where the command runs, and not to the command line.
 */
export async function withRegistry(
  session: Session,
  work: (opened: Opened) => Promise<void>,
  how: OpenHow = {},
): Promise<void> {
  const protectedLabels = protectedLabelsOf(session)
  await session.withStore(async (store) => {
    try {
      await work({ store, registry: new PromptRegistry({ storage: store, protectedLabels }) })
    } catch (error) {
      throw inTermsOfTheCommand(error)
    }
  }, how)
}

/** @throws StorageError OPT-VER-002 for a prompt that has no versions, with a guess at what was meant */
export async function requirePrompt({ store }: OpenedToRead, promptId: string): Promise<void> {
  if ((await store.getLatestVersionName(promptId)) === undefined)
    throw await notFoundIn(store, promptId)
}

/** The labels of HOLDFAST_PROTECTED_LABELS. */
export function protectedLabelsOf({ environment }: Session): readonly string[] {
  const { HOLDFAST_PROTECTED_LABELS: names = '' } = environment.variables
  return names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

/** The library names its own option; the command line has another way to say it. */
function inTermsOfTheCommand(error: unknown): unknown {
  if (!isStorageError(error, 'OPT-LABEL-001')) return error
  const { reason, prompt_id, labels } = error.context
  if (reason !== 'protected' || !Array.isArray(labels)) return error
  return new StorageError(
    'OPT-LABEL-001',
    `Label ${shown(labels[0])} of prompt ${String(prompt_id)} is protected (HOLDFAST_PROTECTED_LABELS): pass --allow-protected, and say why with --reason or --message`,
    { context: error.context, cause: error },
  )
}
