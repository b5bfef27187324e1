import { wrongArgument } from '../base/misuse.js'
import { BACKEND_NAMES } from './backends/backends.js'

/** A form of earlier releases, and how it is written now. */
export interface OutdatedForm {
  /** The code of the warning. */
  readonly code: 'HOLDFAST_DEP_STORAGE_TEXT' | 'HOLDFAST_DEP_THRESHOLD'
  /** The keys that lead to it. */
  readonly path: readonly string[]
  /** Another name for the last key; undefined where the value changes. */
  readonly renamedTo?: string
  /** Another value; undefined where the name changes. */
  readonly value?: unknown
}

const NEW_NAMES: Readonly<Record<string, string>> = {
  score_threshold: 'min_baseline_score',
  improvement_threshold: 'min_improvement',
  confidence_threshold: 'min_confidence',
}

/** The forms of earlier releases in a configuration. @throws TypeError where an old and a new name are both given */
export function outdatedForms(configuration: unknown, source: string): readonly OutdatedForm[] {
  const optimizer = member(configuration, 'optimizer')
  const storage = member(optimizer, 'storage')
  const optimization = member(optimizer, 'optimization')
  const forms: OutdatedForm[] = []
  if (typeof storage === 'string' && !storage.includes(':'))
    forms.push({
      code: 'HOLDFAST_DEP_STORAGE_TEXT',
      path: ['optimizer', 'storage'],
      value: { backend: storage },
    })
  for (const [old, name] of Object.entries(NEW_NAMES)) {
    if (member(optimization, old) === undefined) continue
    if (member(optimization, name) !== undefined)
      throw wrongArgument(
        `${source}: Keys "${old}" and "${name}" of optimizer.optimization are one setting: give "${name}"`,
      )
    const path = ['optimizer', 'optimization', old]
    forms.push({ code: 'HOLDFAST_DEP_THRESHOLD', path, renamedTo: name })
  }
  return forms
}

/** The configuration with these forms written as they are now; it is not changed itself. */
export function modernised(configuration: unknown, forms: readonly OutdatedForm[]): unknown {
  const changed: unknown = forms.length === 0 ? configuration : structuredClone(configuration)
  for (const { path, renamedTo, value } of forms) {
    const parent = path.slice(0, -1).reduce(member, changed) as Record<string, unknown>
    // In the same order: a file is written in it.
    for (const [key, given] of Object.entries(parent)) {
      delete parent[key]
      const isMeant = key === path.at(-1)
      parent[isMeant ? (renamedTo ?? key) : key] =
        isMeant && renamedTo === undefined ? value : given
    }
  }
  return changed
}

/** What to write instead, in one sentence. */
export function describeOutdated({ path, renamedTo, value }: OutdatedForm): string {
  const place = path.join('.')
  if (renamedTo !== undefined) return `"${place}" is now called "${renamedTo}"`
  const { backend } = value as { readonly backend: string }
  const known = BACKEND_NAMES.some((name) => name === backend) ? backend : 'NAME'
  return `"${place}" is no longer a plain name: write "${place}.backend: ${known}"`
}

function member(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.hasOwn(value, key) ? (Reflect.get(value, key) as unknown) : undefined
}
