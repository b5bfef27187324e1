import { decodePromptName, encodePromptId, isHashedName } from '../document/prompt-id.js'
import { PROMPT_FILE } from '../document/store-names.js'
import {
  parseVersionFileName,
  STORED_VERSIONS,
  versionFileName,
} from '../document/version-number.js'

const LAYOUT = { foldCase: false }
const SUFFIX = '.json'

/** A version by the name of its object. */
export interface NamedVersion {
  /** The encoded id of the prompt, or its hash. */
  readonly directory: string
  readonly version: string
}

/**
 * The names of a store's objects, behind its prefix. Those of versions are the paths of a directory of plain files; all
 * others begin with `.holdfast/`, which is never the name of a prompt.
 */
export class ObjectNames {
  readonly prefix: string
  /** Where everything is that is not a version. */
  readonly own: string
  readonly mark: string
  readonly heads: string
  readonly transactions: string

  /** @param prefix '' or a text that ends with "/" */
  constructor(prefix: string) {
    this.prefix = prefix
    this.own = `${prefix}.holdfast/`
    this.mark = `${this.own}store${SUFFIX}`
    this.heads = `${this.own}heads/`
    this.transactions = `${this.own}transactions/`
  }

  directory(promptId: string): string {
    return encodePromptId(promptId, LAYOUT)
  }

  /** What the names of a prompt's versions begin with. */
  versions(promptId: string): string {
    return `${this.prefix}${this.directory(promptId)}/`
  }

  version(promptId: string, version: string): string {
    return this.versions(promptId) + versionFileName(version)
  }

  head(promptId: string): string {
    return `${this.heads}${this.directory(promptId)}${SUFFIX}`
  }

  historyPage(promptId: string, epoch: string, page: number): string {
    return `${this.own}history/${this.directory(promptId)}/${epoch}.${page}${SUFFIX}`
  }

  transaction(id: string): string {
    return `${this.transactions}${id}${SUFFIX}`
  }

  /** The object that holds the id of a prompt whose name is a hash; undefined for all others. */
  promptFile(promptId: string): string | undefined {
    const directory = this.directory(promptId)
    return isHashedName(directory) ? this.promptFileIn(directory) : undefined
  }

  promptFileIn(directory: string): string {
    return `${this.prefix}${directory}/${PROMPT_FILE}`
  }

  /** Undefined for a hash, and for names that are never made. */
  promptId(directory: string): string | undefined {
    return decodePromptName(directory, LAYOUT)
  }

  /** Undefined for every object that is not a version. */
  parseVersion(name: string): NamedVersion | undefined {
    const [directory = '', file = '', ...rest] = name.slice(this.prefix.length).split('/')
    const version = parseVersionFileName(file, STORED_VERSIONS)
    if (version === undefined || rest.length > 0 || !this.#isDirectory(directory)) return undefined
    return { directory, version }
  }

  /** The directory of the prompt whose head an object is; undefined for any other object. */
  parseHead(name: string): string | undefined {
    if (!name.startsWith(this.heads) || !name.endsWith(SUFFIX)) return undefined
    const directory = name.slice(this.heads.length, -SUFFIX.length)
    return this.#isDirectory(directory) ? directory : undefined
  }

  /** The id of the transaction whose record an object is; undefined for any other object. */
  parseTransaction(name: string): string | undefined {
    const [, id] = /^([0-9a-f]{32})\.json$/.exec(name.slice(this.transactions.length)) ?? []
    return name.startsWith(this.transactions) ? id : undefined
  }

  #isDirectory(directory: string): boolean {
    return isHashedName(directory) || this.promptId(directory) !== undefined
  }
}
