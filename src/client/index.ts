/** The store behind a server, in browsers, edge runtimes and Node: `holdfast/client`. */
export { RemoteStorage, type RemoteStorageOptions } from './remote-storage.js'
export type { ConnectionOptions, Fetch } from './client-options.js'
export { RemoteError } from './remote-error.js'
export { withFallback, type FallbackOptions, type WithFallback } from './with-fallback.js'
export { PromptRegistry } from '../versions/registry/prompt-registry.js'
export { compile } from '../versions/registry/compile.js'
export {
  HoldfastError,
  isHoldfastError,
  isStorageError,
  StorageError,
  VersionConflictError,
} from '../base/errors.js'
