import type { OpenedVolume } from './binding.js'
import type { Capabilities } from './disk.js'

/** What the probe found, with a sentence for each thing that is missing. */
export function describeCapabilities(opened: OpenedVolume): Capabilities {
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
    warnings: Object.freeze([...warningsOf(opened)]),
  })
}

function* warningsOf(opened: OpenedVolume): Generator<string> {
  const name = opened.fileSystem
  if (opened.probeError !== undefined)
    yield `The directory cannot be written (${opened.probeError}): the volume is read-only, what the file system can do is assumed.`
  if (opened.memory) yield `The file system is ${name}: nothing on it survives a loss of power.`
  if (opened.network)
    yield `The file system (${name}) is remote or foreign: only one process may use the store.`
  if (!opened.kernelLocks)
    yield 'The file system has no working kernel locks: only one process may use the store.'
  if (!opened.canPublish)
    yield 'The file system can neither link nor rename without replacing: versions cannot be created.'
  else if (!opened.unnamedFiles)
    yield `Files cannot be staged without a name here; named temporary files and ${opened.publish} are used.`
}
