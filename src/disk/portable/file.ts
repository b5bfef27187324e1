import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { descriptors } from '../descriptors.js'
import { DiskError, type DiskPhase } from '../disk-error.js'
import type { NewFile, OpenFile } from '../disk.js'
import type { RunOperation } from './committer.js'
import { attempt } from '../node-error.js'
import { openRegular, readPart, type RegularFile } from './read.js'
import type { PortableRoot } from './root.js'
import { createFile, writeFully } from './write.js'

/** Opens a regular file to read; `undefined` if there is none. `open` holds the files to close with the volume. */
export async function openPortableFile(
  root: PortableRoot,
  run: RunOperation,
  open: Set<PortableFile>,
  path: string,
): Promise<OpenFile | undefined> {
  const file = await openRegular(root, path, constants.O_RDONLY)
  return file && new PortableFile(file, run, path, open)
}

export async function createPortableFile(
  root: PortableRoot,
  run: RunOperation,
  open: Set<PortableFile>,
  path: string,
): Promise<NewFile> {
  await root.makeParents(path)
  return new PortableFile({ handle: await createFile(root, path), bytes: 0 }, run, path, open)
}

/** An open FileHandle. */
export class PortableFile implements OpenFile, NewFile {
  readonly bytes: number
  readonly #handle: FileHandle
  readonly #run: RunOperation
  readonly #path: string
  readonly #open: Set<PortableFile>
  readonly #giveBack = descriptors.hold()
  #offset = 0
  #closing: Promise<void> | undefined

  constructor(
    { handle, bytes }: RegularFile,
    run: RunOperation,
    path: string,
    open: Set<PortableFile>,
  ) {
    this.#handle = handle
    this.#run = run
    this.#path = path
    this.bytes = bytes
    this.#open = open
    open.add(this)
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return await this.#attempt('read', 'read', async () => {
      const there = Math.max(0, Math.min(length, this.bytes - offset))
      return await readPart(this.#handle, this.#path, offset, there)
    })
  }

  async append(bytes: Uint8Array): Promise<void> {
    const offset = this.#offset
    this.#offset += bytes.length
    await this.#attempt('write', 'call', async () => await writeFully(this.#handle, bytes, offset))
  }

  async flush(): Promise<void> {
    await this.#attempt('fsync', 'flush', async () => await this.#handle.sync())
  }

  /** FileHandle.close waits for calls under way. */
  close(): Promise<void> {
    this.#open.delete(this)
    this.#closing ??= this.#handle.close().finally(() => this.#giveBack())
    return this.#closing
  }

  async #attempt<T>(syscall: string, phase: DiskPhase, work: () => Promise<T>): Promise<T> {
    const path = this.#path
    if (this.#closing !== undefined) throw new DiskError('EBADF', syscall, path, { phase })
    return await this.#run({ syscall, path, phase }, async () => {
      return await attempt(syscall, path, work, phase)
    })
  }
}
