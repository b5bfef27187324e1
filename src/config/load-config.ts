import type { LoadConfigOptions, LoadedConfig } from './resolve-config.js'

/**
 * The configuration of this place, from the strongest source to the weakest: the option `store`, the environment
 * (`HOLDFAST_STORE`, …), the file `holdfast.config.yaml`, `.json` or `.ts`, the defaults. The values of the sources are
 * merged one by one; a source that names a store replaces the whole storage of weaker ones.
 *
 * @example
 * const { config } = await loadConfig()
 * const storage = await createStorage(config.optimizer.storage)
 * @throws TypeError that names the source and the wrong key, variable or part of a URL
 */
export async function loadConfig(options?: LoadConfigOptions): Promise<LoadedConfig> {
  // Loaded when it is called: not every program has a configuration.
  const { resolveConfig } = await import('./resolve-config.js')
  return await resolveConfig(options)
}
