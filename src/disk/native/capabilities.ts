import type { OpenedVolume } from './binding.js'
import type { Capabilities } from '../disk.js'
import { READ_ONLY_WARNING } from '../refusal.js'

/** What the probe found, with a sentence for each missing feature. */
export function describeCapabilities(
  opened: OpenedVolume,
  droppedFlushes: string | undefined,
  isAsked: boolean,
): Capabilities {
  const multiProcess = opened.kernelLocks && !opened.network
  return Object.freeze({
    fileSystem: opened.fileSystem,
    unnamedFiles: opened.unnamedFiles,
    publish: opened.publish,
    kernelLocks: opened.kernelLocks,
    multiProcess,
    hotRead: opened.hotRead,
    caseSensitive: opened.caseSensitive,
    copyOnWrite: opened.copyOnWrite,
    network: opened.network,
    readOnly: isReadOnly(opened),
    // Warnings about writes do not concern a reader that asked for a read-only volume.
    warnings: Object.freeze(
      isAsked
        ? []
        : [...warningsOf(opened), ...(droppedFlushes === undefined ? [] : [droppedFlushes])],
    ),
  })
}

function isReadOnly({ probeError }: OpenedVolume): boolean {
  return probeError === 'EROFS'
}

function* warningsOf(opened: OpenedVolume): Generator<string> {
  const name = opened.fileSystem
  if (isReadOnly(opened)) return yield READ_ONLY_WARNING
  if (opened.probeError !== undefined)
    yield `The directory cannot be written (${opened.probeError}): the volume is read-only, what the file system can do is assumed.`
  if (opened.memory) yield `The file system is ${name}: nothing on it survives a loss of power.`
  if (opened.network)
    yield `The file system (${name}) is remote or foreign: only one process may use the store.`
  if (!opened.kernelLocks)
    yield 'The file system has no working kernel locks: only one process may use the store.'
  if (!opened.unnamedFiles)
    yield `Files cannot be staged without a name here; named temporary files and ${opened.publish} are used.`
}
