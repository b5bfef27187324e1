import { constants } from 'node:fs'
import { chmod, lstat, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { isSafePath } from '../../format/record.js'
import { DiskError } from '../disk-error.js'
import { AS_MADE, giveAway, type FileOwnership } from '../file-ownership.js'
import { attemptPresent, errorCode, attempt, withheld } from '../node-error.js'
import { hasLongName, isPossiblePath } from '../possible-path.js'

/** Directories already seen to be real ones, for the duration of one operation or batch. */
export type KnownDirectories = Set<string>

/** More descriptors would only wait: node:fs works in four threads. */
const OPEN_AT_ONCE = 16

/** Most attempts to make a directory that vanishes meanwhile. */
const MAKE_ATTEMPTS_MAX = 32

/**
 * Paths below one directory. node:fs cannot open relative to a directory descriptor, so every parent is checked before
 * use: a symbolic link is refused. A program that may write in the volume can still swap a directory for a link between
 * the check and the use; the native disk has no such gap.
 */
export class PortableRoot {
  readonly directory: string
  readonly fileMode: number
  readonly directoryMode: number
  readonly ownership: FileOwnership
  /** For work that opens a file, uses it and closes it, and opens no other meanwhile. */
  readonly turns: Turns = new Turns(OPEN_AT_ONCE)

  constructor(
    directory: string,
    fileMode: number,
    directoryMode: number,
    ownership: FileOwnership = AS_MADE,
  ) {
    this.directory = directory
    this.fileMode = fileMode
    this.directoryMode = directoryMode
    this.ownership = ownership
  }

  /** The absolute path; '' is the volume. EINVAL for a path that could leave it. */
  absolute(path: string): string {
    if (path === '') return this.directory
    if (!isSafePath(path) || !isPossiblePath(path)) throw new DiskError('EINVAL', 'path', path)
    if (hasLongName(path)) throw new DiskError('ENAMETOOLONG', 'path', path)
    return join(this.directory, path)
  }

  /** Whether all parents of `path` exist. ELOOP or ENOTDIR if one is not a directory. */
  async hasParents(path: string, known: KnownDirectories = new Set()): Promise<boolean> {
    return await this.hasDirectory(parentOf(path), known)
  }

  async hasDirectory(directory: string, known: KnownDirectories = new Set()): Promise<boolean> {
    for (const step of stepsOf(directory)) {
      if (known.has(step)) continue
      if (!(await this.#isDirectory(step))) return false
      known.add(step)
    }
    return true
  }

  /** Makes `directory` and its missing parents; returns what was made, outermost first. */
  async makeDirectory(
    directory: string,
    known: KnownDirectories = new Set(),
  ): Promise<readonly string[]> {
    const made: string[] = []
    for (let attempts = 1; ; attempts++) {
      try {
        await this.#makeSteps(directory, known, made)
        return made
      } catch (error) {
        // A concurrent commit has removed a directory that had become empty.
        const hasVanished = error instanceof DiskError && error.code === 'ENOENT'
        if (!hasVanished || attempts === MAKE_ATTEMPTS_MAX) throw error
        known.clear()
      }
    }
  }

  async #makeSteps(directory: string, known: KnownDirectories, made: string[]): Promise<void> {
    for (const step of stepsOf(directory)) {
      if (known.has(step)) continue
      if (await this.#makeOne(step)) made.push(step)
      known.add(step)
    }
  }

  async makeParents(path: string, known?: KnownDirectories): Promise<readonly string[]> {
    this.absolute(path)
    return await this.makeDirectory(parentOf(path), known)
  }

  async #makeOne(step: string): Promise<boolean> {
    if (await this.#isDirectory(step)) return false
    const absolute = this.absolute(step)
    try {
      await mkdir(absolute, { mode: this.directoryMode })
    } catch (error) {
      if (errorCode(error) !== 'EEXIST')
        throw new DiskError(errorCode(error) ?? 'EIO', 'mkdir', step, {
          cause: error,
          ...withheld(error),
        })
      // Another caller made it first, which is as good if it is a directory.
      if (await this.#isDirectory(step)) return false
      throw new DiskError('ENOENT', 'mkdir', step, { cause: error })
    }
    await this.#giveOwnership(step)
    return true
  }

  /** The umask cuts mkdir's mode, and chmod clears the bit by which the directory has inherited its group. */
  async #giveOwnership(step: string): Promise<void> {
    const absolute = this.absolute(step)
    const { ownership } = this
    if (ownership.user !== undefined || ownership.group !== undefined) {
      const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
      const handle = await attempt('open', step, async () => await open(absolute, flags))
      try {
        await giveAway(handle, step, await handle.stat(), ownership)
      } finally {
        await handle.close()
      }
    }
    const mode = this.directoryMode | ownership.setgid
    await attempt('chmod', step, async () => await chmod(absolute, mode))
  }

  async #isDirectory(step: string): Promise<boolean> {
    const stat = await attemptPresent('lstat', step, async () => await lstat(this.absolute(step)))
    if (stat === undefined) return false
    if (stat.isSymbolicLink()) throw new DiskError('ELOOP', 'lstat', step)
    if (!stat.isDirectory()) throw new DiskError('ENOTDIR', 'lstat', step)
    return true
  }
}

/** The directory that holds `path`; '' is the volume. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/** 'a/b/c' -> 'a', 'a/b', 'a/b/c' */
function stepsOf(directory: string): string[] {
  if (directory === '') return []
  const parts = directory.split('/')
  return parts.map((_part, index) => parts.slice(0, index + 1).join('/'))
}

/** Lets that many work at once; the others wait for their turn, in order. */
export class Turns {
  readonly #waiting: (() => void)[] = []
  #free: number

  constructor(atOnce: number) {
    this.#free = atOnce
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }
}
