import type { Binding, FileHandle, OpenedFile, VolumeHandle } from './binding.js'
import { descriptors } from '../descriptors.js'
import { DiskError, type CallName } from '../disk-error.js'
import type { NewFile, OpenFile } from '../disk.js'
import type { NativeCalls } from './calls.js'

/** Opens a regular file to read; `undefined` if there is none. `open` holds the files to close with the volume. */
export async function openNativeFile(
  binding: Binding,
  calls: NativeCalls,
  volume: VolumeHandle,
  open: Set<NativeFile>,
  path: string,
): Promise<OpenFile | undefined> {
  const opened = await openHeld(calls, { syscall: 'open', path, phase: 'read' }, (call) =>
    binding.openFile(call, volume, path, false),
  )
  return opened && new NativeFile(binding, calls, opened, path, open)
}

export async function createNativeFile(
  binding: Binding,
  calls: NativeCalls,
  volume: VolumeHandle,
  open: Set<NativeFile>,
  path: string,
): Promise<NewFile> {
  const opened = await openHeld(calls, { syscall: 'open', path, phase: 'call' }, (call) =>
    binding.openFile(call, volume, path, true),
  )
  if (opened === undefined) throw new DiskError('ENOENT', 'open', path)
  return new NativeFile(binding, calls, opened, path, open)
}

/** An opened file whose descriptor is counted. */
interface HeldFile extends OpenedFile {
  readonly giveBack: () => void
}

/**
 * Counts the descriptor before the call releases its own count. In between, a call that finds no descriptor would see no
 * holder, and fail in place of waiting.
 */
async function openHeld(
  calls: NativeCalls,
  name: CallName,
  begin: (call: number) => Promise<OpenedFile | undefined>,
): Promise<HeldFile | undefined> {
  return await calls.repeat(name, async (call) => {
    const opened = await begin(call)
    // The result of an abandoned call reaches no caller; the addon closes what it has opened.
    const isWanted = opened !== undefined && calls.isWaitedFor(call)
    return isWanted ? { ...opened, giveBack: descriptors.hold() } : undefined
  })
}

/** An open descriptor of the addon. */
export class NativeFile implements OpenFile, NewFile {
  readonly bytes: number
  readonly #binding: Binding
  readonly #calls: NativeCalls
  readonly #handle: FileHandle
  readonly #path: string
  readonly #open: Set<NativeFile>
  readonly #giveBack: () => void
  #offset = 0
  #closed = false

  constructor(
    binding: Binding,
    calls: NativeCalls,
    { handle, bytes, giveBack }: HeldFile,
    path: string,
    open: Set<NativeFile>,
  ) {
    this.#binding = binding
    this.#calls = calls
    this.#handle = handle
    this.#giveBack = giveBack
    this.#path = path
    this.bytes = bytes
    this.#open = open
    open.add(this)
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    this.#assertOpen('read')
    return await this.#calls.run({ syscall: 'read', path: this.#path, phase: 'read' }, (call) =>
      this.#binding.readOpenFile(call, this.#handle, offset, length),
    )
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#assertOpen('write')
    const offset = this.#offset
    this.#offset += bytes.length
    await this.#calls.run({ syscall: 'write', path: this.#path, phase: 'call' }, (call) =>
      this.#binding.writeOpenFile(call, this.#handle, offset, bytes),
    )
  }

  async flush(): Promise<void> {
    this.#assertOpen('fsync')
    await this.#calls.run({ syscall: 'fsync', path: this.#path, phase: 'flush' }, (call) =>
      this.#binding.flushOpenFile(call, this.#handle),
    )
  }

  close(): Promise<void> {
    this.releaseNow()
    return Promise.resolve()
  }

  /** The descriptor is closed when the calls under way have ended. */
  releaseNow(): void {
    if (this.#closed) return
    this.#closed = true
    this.#open.delete(this)
    this.#binding.closeOpenFile(this.#handle)
    this.#giveBack()
  }

  #assertOpen(syscall: string): void {
    if (this.#closed) throw new DiskError('EBADF', syscall, this.#path)
  }
}
