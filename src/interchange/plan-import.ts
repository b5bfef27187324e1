import { isDeepStrictEqual } from 'node:util'
import { freezeJson } from '../document/freeze-json.js'
import { isPromptId } from '../document/prompt-id.js'
import {
  compareVersions,
  FIRST_VERSION,
  isVersion,
  STORED_VERSIONS,
} from '../document/version-number.js'
import { shown } from '../base/options.js'
import { checkPromptVersion } from '../versions/accept-version.js'
import { promptVersionSchema, type PromptVersion } from '../versions/prompts/prompt-version.js'
import { checkLabelName } from '../versions/registry/label-name.js'
import { nextNumber } from '../versions/registry/prompt-draft.js'
import { checkTag } from '../versions/registry/tag-name.js'
import { isObject, reasonOf, type VersionItem } from './item.js'
import type { StoredPrompt } from './stored-versions.js'

/** What became of one item. */
export interface ImportedItem {
  /** The file, with the line if it holds several items, or the commit and the file. */
  readonly place: string
  /**
   * 'unchanged': the version is stored already; 'skipped': nothing to import, such as an empty file; 'refused': it does
   * not fit, or the number is taken by another content.
   */
  readonly outcome: 'created' | 'unchanged' | 'skipped' | 'refused'
  readonly prompt_id?: string
  readonly version?: string
  /** Why it was skipped or refused. */
  readonly reason?: string
  /** What of the version was not imported, such as a label that is at another version. */
  readonly notes?: readonly string[]
}

/** How labels are treated. */
export interface LabelRules {
  /** Whether a label that is at another version moves. */
  readonly moveLabels: boolean
  readonly protectedLabels: ReadonlySet<string>
}

/** What an import changes in one prompt. */
export interface ImportPlan {
  readonly results: readonly ImportedItem[]
  readonly saves: readonly PromptVersion[]
  /** By label: the version it moves to. */
  readonly labels: ReadonlyMap<string, string>
  /** By version: the tags that are added. */
  readonly tags: ReadonlyMap<string, readonly string[]>
}

/** @param now the time of versions whose format has none */
export function planImport(
  stored: StoredPrompt,
  items: readonly VersionItem[],
  rules: LabelRules,
  now: string,
): ImportPlan {
  const planner = new Planner(stored, rules, now, firstNumber(items))
  for (const item of items) planner.add(item)
  return planner.plan()
}

/** Below the lowest number that is wanted, if there is room only there for the versions before it. */
function firstNumber(items: readonly VersionItem[]): string {
  const at = items.findIndex(({ wanted }) => wanted !== undefined)
  const wanted = items[at]?.wanted
  if (wanted === undefined || at === 0) return FIRST_VERSION
  return compareVersions(wanted, `1.0.${at - 1}`) > 0 ? FIRST_VERSION : LOWEST_VERSION
}

const LOWEST_VERSION = '0.0.1'

class Planner {
  readonly #stored: StoredPrompt
  readonly #rules: LabelRules
  readonly #now: string
  readonly #first: string
  readonly #documents: Map<string, PromptVersion>
  readonly #names: Set<string>
  /** The last version that came from each commit and file. */
  readonly #sources = new Map<string, string>()
  readonly #results: ImportedItem[] = []
  readonly #saves: PromptVersion[] = []
  readonly #labels = new Map<string, string>()
  readonly #tags = new Map<string, readonly string[]>()
  #highest: string | undefined

  constructor(stored: StoredPrompt, rules: LabelRules, now: string, first: string) {
    this.#stored = stored
    this.#rules = rules
    this.#now = now
    this.#first = first
    this.#documents = new Map(stored.documents)
    this.#names = new Set(stored.names)
    this.#highest = stored.names.at(-1)
    for (const document of stored.documents.values()) this.#index(document)
  }

  plan(): ImportPlan {
    const labels = new Map([...this.#labels].filter(([label, to]) => this.#labelAt(label) !== to))
    return { results: this.#results, saves: this.#saves, labels, tags: this.#tags }
  }

  add(item: VersionItem): void {
    const { promptId, place } = item
    const refuse = (reason: string, version?: string): void => {
      const facts = { prompt_id: promptId, ...(version === undefined ? {} : { version }) }
      this.#results.push({ place, outcome: 'refused', ...facts, reason })
    }
    if (!isPromptId(promptId)) return refuse(`${shown(promptId)} cannot be the id of a prompt`)
    if (item.version !== undefined && !isVersion(item.version, STORED_VERSIONS))
      return refuse(`${shown(item.version)} is not a version: expected MAJOR.MINOR.PATCH`)
    try {
      const document = this.#document(item)
      const { version } = document
      const stored = this.#documents.get(version)
      if (stored !== undefined && isSame(stored, document, item)) return this.#keep(item, version)
      if (this.#names.has(version))
        return refuse(
          stored === undefined
            ? `version ${version} is stored and cannot be read`
            : `version ${version} is stored with another content`,
          version,
        )
      this.#save(document)
      this.#report(item, version, 'created')
    } catch (error) {
      refuse(reasonOf(error), item.version)
    }
  }

  #keep(item: VersionItem, version: string): void {
    this.#report(item, version, 'unchanged')
  }

  #save(document: PromptVersion): void {
    const { version } = document
    this.#saves.push(document)
    this.#documents.set(version, document)
    this.#names.add(version)
    this.#index(document)
    if (this.#highest === undefined || compareVersions(version, this.#highest) > 0)
      this.#highest = version
  }

  #index(document: PromptVersion): void {
    const source = sourceOf(document.metadata)
    if (source !== undefined) this.#sources.set(source.key, document.version)
  }

  /** The document that an item stands for: the stored one if it is recognised, or a new one. */
  #document(item: VersionItem): PromptVersion {
    const { draft } = item
    const made = (version: string): PromptVersion => this.#make(item, version)
    if (item.version !== undefined) return made(item.version)
    const source = sourceOf(draft.metadata)
    const known = source && this.#documents.get(this.#sources.get(source.key) ?? '')
    if (known !== undefined && source?.isCommit === true) return known
    const next = made(this.#nextNumber(item))
    if (source?.isCommit === true) return next
    // A file is known if it has not changed since it was imported, or if its prompt is the latest version.
    const candidates = [known, this.#documents.get(this.#highest ?? '')]
    const same = candidates.find(
      (document) => document && isDeepStrictEqual(freezeJson(document.prompt), next.prompt),
    )
    return same ?? next
  }

  #make({ draft, promptId }: VersionItem, version: string): PromptVersion {
    const { metadata = {}, created_at = this.#now, parent_version, ...rest } = draft
    const parent = parent_version === undefined ? this.#parentOf(version) : parent_version
    const document = freezeJson({
      ...rest,
      version,
      prompt_id: promptId,
      created_at,
      parent_version: parent,
      metadata,
    })
    checkPromptVersion(document)
    return freezeJson(promptVersionSchema.parse(document))
  }

  /** The version before it, of those that are known. */
  #parentOf(version: string): string | null {
    if (this.#highest === undefined || compareVersions(version, this.#highest) > 0)
      return this.#highest ?? null
    let parent: string | null = null
    for (const name of this.#names)
      if (
        compareVersions(name, version) < 0 &&
        (parent === null || compareVersions(name, parent) > 0)
      )
        parent = name
    return parent
  }

  #nextNumber({ wanted }: VersionItem): string {
    const { highest } = this.#stored.head
    if (wanted !== undefined && this.#isFree(wanted)) return wanted
    if (this.#highest === undefined && highest === null) return this.#first
    return nextNumber(this.#highest === undefined ? [] : [this.#highest], highest, 'patch')
  }

  #isFree(wanted: string): boolean {
    const before = [this.#highest, this.#stored.head.highest]
    return before.every((name) => !name || compareVersions(wanted, name) > 0)
  }

  #report(item: VersionItem, version: string, outcome: 'created' | 'unchanged'): void {
    const { place, promptId, wanted } = item
    const notes = [...this.#label(item, version), ...this.#tag(item, version)]
    if (wanted !== undefined && outcome === 'created' && wanted !== version)
      notes.push(`the tag for version ${wanted} is not higher than the version before it`)
    this.#results.push({
      place,
      outcome,
      prompt_id: promptId,
      version,
      ...(notes.length === 0 ? {} : { notes }),
    })
  }

  #label({ labels }: VersionItem, version: string): string[] {
    return labels.flatMap((label) => {
      try {
        checkLabelName(label)
      } catch (error) {
        return [`label ${shown(label)} is not imported: ${reasonOf(error)}`]
      }
      const at = this.#labelAt(label)
      if (at !== version && this.#rules.protectedLabels.has(label))
        return [`label ${shown(label)} is not imported: it is protected`]
      if (at !== undefined && at !== version && !this.#rules.moveLabels)
        return [`label ${shown(label)} stays at version ${at}`]
      this.#labels.set(label, version)
      return []
    })
  }

  #tag({ tags }: VersionItem, version: string): string[] {
    const before = this.#tagsAt(version)
    const added: string[] = []
    const notes: string[] = []
    for (const tag of tags) {
      try {
        checkTag(tag)
        if (!before.includes(tag)) added.push(tag)
      } catch (error) {
        notes.push(`tag ${shown(tag)} is not imported: ${reasonOf(error)}`)
      }
    }
    if (added.length > 0) this.#tags.set(version, [...(this.#tags.get(version) ?? []), ...added])
    return notes
  }

  #labelAt(label: string): string | undefined {
    const { labels } = this.#stored.head
    return Object.hasOwn(labels, label) ? labels[label]?.version : undefined
  }

  #tagsAt(version: string): readonly string[] {
    const { tags } = this.#stored.head
    return Object.hasOwn(tags, version) ? (tags[version] ?? []) : []
  }
}

/** Where a version was imported from: a commit, which never changes, or a file. */
function sourceOf(
  metadata: unknown,
): { readonly key: string; readonly isCommit: boolean } | undefined {
  const source = isObject(metadata) ? metadata['source'] : undefined
  if (!isObject(source)) return undefined
  const { format, path, commit } = source
  const isCommit = typeof commit === 'string'
  return { key: JSON.stringify(isCommit ? [commit] : [format, path]), isCommit }
}

/** What the format does not say is as it is stored. */
function isSame(stored: PromptVersion, document: PromptVersion, { draft }: VersionItem): boolean {
  const created_at = draft.created_at === undefined ? stored.created_at : document.created_at
  const parent_version =
    draft.parent_version === undefined ? stored.parent_version : document.parent_version
  return isDeepStrictEqual(
    freezeJson(stored),
    freezeJson({ ...document, created_at, parent_version }),
  )
}
