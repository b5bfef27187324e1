import { FILE_DOCUMENTS_DIRECTORY, FILE_VERSIONS_DIRECTORY } from '../../document/store-names.js'
import { escapeName, unescapeName, type PromptNameOptions } from '../../document/prompt-id.js'
import type { FileDocument } from '../document.js'
import { parseVersionName, versionName, type KeptVersion } from '../kept.js'

/** A longer name is cut into several, one directory below the other. */
const NAME_BYTES_MAX = 200
const CHARACTER_BYTES_MAX = 4
const DOCUMENT_SUFFIX = '.json'
/** The suffixes of stored bytes that are not the content; no name of a key ends so. */
const CODEC_SUFFIX = /\.(gz|zst|enc)$/i
const FILE_MARK = '~f'
const DIRECTORY_MARK = '~d'
const CONTINUED = '~'

/** A key and the paths of its file: computed once for each operation. */
export interface LocalKey {
  readonly key: string
  /** See `payloadName`. */
  readonly name: string
  readonly documentPath: string
}

export function localKey(key: string, options: PromptNameOptions): LocalKey {
  const name = payloadName(key, options)
  return { key, name, documentPath: documentPath(name) }
}

/**
 * The path of a key's payload: the key itself, for ordinary ones. Each segment is escaped as prompt ids are. A key and
 * another one below it, `a` and `a/b`, need a file and a directory of one name: a file without a dot in its name gets
 * `~f`, a directory with one `~d`. A name that would end like stored bytes of another key (`a.gz`) has that dot
 * escaped. Names of over 200 bytes go on in a directory: `first~/~rest`.
 */
export function payloadName(key: string, options: PromptNameOptions): string {
  const segments = key.split('/')
  const last = segments.length - 1
  return segments
    .map((segment, at) => {
      const name = escapeSegment(segment, options)
      return pieces(at === last ? markFile(name) : markDirectory(name))
    })
    .join('/')
}

/** The path of a payload that is stored as the document says. */
export function payloadPath(name: string, document: FileDocument): string {
  const compressed = { none: '', gzip: '.gz', zstd: '.zst' }[document.compression]
  return `${name}${compressed}${document.encryption === undefined ? '' : '.enc'}`
}

/** All paths at which a payload can be. */
export function payloadPaths(name: string): string[] {
  return ['', '.gz', '.zst'].flatMap((suffix) => [`${name}${suffix}`, `${name}${suffix}.enc`])
}

/** Where a version of a key is: payload and document, named as files of a key below the key's would be. */
export function versionPlace(version: KeptVersion, options: PromptNameOptions): LocalKey {
  const { key } = version
  const below = payloadName(`${key}/${versionName(version)}`, options)
  const name = `${FILE_VERSIONS_DIRECTORY}/${below}`
  return { key, name, documentPath: `${name}${DOCUMENT_SUFFIX}` }
}

/** The directory of a key's versions. Those of the keys below it have directories of their own in it. */
export function versionsDirectory(key: string, options: PromptNameOptions): string {
  const name = payloadName(`${key}/x`, options)
  return `${FILE_VERSIONS_DIRECTORY}/${name.slice(0, name.lastIndexOf('/'))}`
}

/** The version that a name below the tree of versions stands for: a key, '/', and the name of a version. */
export function versionEntryOf(name: string): KeptVersion | undefined {
  const cut = name.lastIndexOf('/')
  const version = cut < 1 ? undefined : parseVersionName(name.slice(cut + 1))
  return version && { key: name.slice(0, cut), ...version }
}

/** The version whose payload or document is at `path`; undefined for any other path. */
export function versionAtPath(path: string, options: PromptNameOptions): KeptVersion | undefined {
  const prefix = `${FILE_VERSIONS_DIRECTORY}/`
  const name = withoutCodec(path.replace(/\.json$/, ''))
  if (!path.startsWith(prefix)) return undefined
  const key = keyOfDocument(documentPath(name.slice(prefix.length)), options)
  const version = key === undefined ? undefined : versionEntryOf(key)
  return version !== undefined && versionPlace(version, options).name === name ? version : undefined
}

/** The name of a version, of a file in the directory of its key's versions. */
export function versionOfFile(name: string): string | undefined {
  return /^(\d{15}-[0-9a-z]+)~f(?:\.(?:json|gz|zst|enc|gz\.enc|zst\.enc))?$/.exec(name)?.[1]
}

/** A payload's path without the suffix of its codec. */
export function withoutCodec(path: string): string {
  return path.replace(/\.enc$/, '').replace(/\.(gz|zst)$/, '')
}

/** Whether a directory, relative to either tree and in a directory of keys, may hold files of keys itself. */
export function isDirectoryOfKeys(path: string, options: PromptNameOptions): boolean {
  // The first part of a longer name may end within an escape: its rest tells.
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (isContinued(name)) return Buffer.byteLength(name) > NAME_BYTES_MAX - CHARACTER_BYTES_MAX
  return keyOfDocument(documentPath(`${path}/x${FILE_MARK}`), options) !== undefined
}

export function documentPath(name: string): string {
  return `${FILE_DOCUMENTS_DIRECTORY}/${name}${DOCUMENT_SUFFIX}`
}

/** The key whose document is at `path`; undefined for any other path. */
export function keyOfDocument(path: string, options: PromptNameOptions): string | undefined {
  const prefix = `${FILE_DOCUMENTS_DIRECTORY}/`
  if (!path.startsWith(prefix) || !path.endsWith(DOCUMENT_SUFFIX)) return undefined
  const names = joinPieces(path.slice(prefix.length, -DOCUMENT_SUFFIX.length).split('/'))
  const last = names.length - 1
  const segments = names.map((name, at) =>
    at === last ? fileSegment(name, options) : directorySegment(name, options),
  )
  return segments.includes(undefined) ? undefined : segments.join('/')
}

/** What a name in the tree of documents stands for: a directory's or file's segment, or a longer name's first part. */
export function segmentOfEntry(
  name: string,
  isDirectory: boolean,
  options: PromptNameOptions,
): string | undefined {
  if (isDirectory) return directorySegment(name, options)
  if (!name.endsWith(DOCUMENT_SUFFIX)) return undefined
  return fileSegment(name.slice(0, -DOCUMENT_SUFFIX.length), options)
}

/** Whether a directory's name is the first part of a longer one. */
export function isContinued(name: string): boolean {
  return name.endsWith(CONTINUED)
}

/** The rest of a longer name, as it is in the directory of its first part. */
export function continuation(begin: string, rest: string): string | undefined {
  return rest.startsWith(CONTINUED) ? begin.slice(0, -1) + rest.slice(1) : undefined
}

function markFile(name: string): string {
  return name.includes('.') ? name : name + FILE_MARK
}

function markDirectory(name: string): string {
  return name.includes('.') ? name + DIRECTORY_MARK : name
}

function fileSegment(name: string, options: PromptNameOptions): string | undefined {
  const bare = name.endsWith(FILE_MARK) ? name.slice(0, -FILE_MARK.length) : name
  return markFile(bare) === name ? segment(bare, options) : undefined
}

function directorySegment(name: string, options: PromptNameOptions): string | undefined {
  const bare = name.endsWith(DIRECTORY_MARK) ? name.slice(0, -DIRECTORY_MARK.length) : name
  return markDirectory(bare) === name ? segment(bare, options) : undefined
}

function escapeSegment(segment: string, options: PromptNameOptions): string {
  return escapeName(segment, options).replace(CODEC_SUFFIX, '%2e$1')
}

function segment(name: string, options: PromptNameOptions): string | undefined {
  const text =
    unescapeName(name, options) ?? unescapeName(name.replace(/%2e(gz|zst|enc)$/i, '.$1'), options)
  return text !== undefined && escapeSegment(text, options) === name ? text : undefined
}

function pieces(name: string): string {
  const cut: string[] = []
  let piece = ''
  for (const character of name) {
    if (Buffer.byteLength(piece + character) > NAME_BYTES_MAX) {
      cut.push(piece)
      piece = ''
    }
    piece += character
  }
  cut.push(piece)
  const last = cut.length - 1
  return cut
    .map((part, at) => (at > 0 ? CONTINUED : '') + part + (at < last ? CONTINUED : ''))
    .join('/')
}

function joinPieces(names: readonly string[]): string[] {
  const joined: string[] = []
  for (const name of names) {
    const before = joined.at(-1)
    const whole =
      before !== undefined && isContinued(before) ? continuation(before, name) : undefined
    if (whole === undefined) joined.push(name)
    else joined[joined.length - 1] = whole
  }
  return joined
}
