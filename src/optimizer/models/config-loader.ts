import { dirname, resolve } from 'node:path'
import { rejectUnknown, stringOption } from '../../base/options.js'
import { readConfigFile } from '../../config/config-file.js'
import type { EnvConfig } from '../../config/env-config.js'
import { resolveConfig } from '../../config/resolve-config.js'
import { yamlValue } from '../../config/yaml.js'
import { checkTestPlan, type TestPlan } from './test-plan.js'
import { WorkflowCatalog, type WorkflowCatalogInput } from './workflow-catalog.js'

export interface ConfigLoaderOptions {
  /** Variables that win over the values of the configuration. Default: those of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
}

/**
 * Loads the three files of the seed documents: the configuration, the catalog of workflows, the test plan. Each is YAML,
 * JSON, or a module whose default export is the value.
 *
 * @example
 * const loader = new ConfigLoader()
 * const env = await loader.loadEnv('config/env_config.yaml')
 * const catalog = await loader.loadCatalog('config/workflow_catalog.yaml')
 */
export class ConfigLoader {
  readonly #environment: ConfigLoaderOptions['environment']

  constructor(options: ConfigLoaderOptions = {}) {
    rejectUnknown(options, ['environment'], 'ConfigLoader')
    this.#environment = options.environment
  }

  /**
   * The configuration of a file, as `loadConfig` reads it: variables of the environment win, defaults are added, and
   * relative paths begin at the file.
   *
   * @throws TypeError that names the file and the wrong key, or why the file cannot be read
   */
  async loadEnv(path: string): Promise<EnvConfig> {
    const file = stringOption('path', path)
    const environment = this.#environment
    const { config } = await resolveConfig({ file, environment }, { parseYaml })
    return config
  }

  /**
   * The catalog of a file. The paths of its workflows begin at the file, unless `dslPathResolved` is given another base.
   *
   * @throws TypeError as `WorkflowCatalog` does, with the name of the file, or if the file cannot be read
   */
  async loadCatalog(path: string): Promise<WorkflowCatalog> {
    const file = stringOption('path', path)
    const given = (await readConfigFile(file, parseYaml)) as WorkflowCatalogInput
    return new WorkflowCatalog(given, { directory: dirname(resolve(file)), source: file })
  }

  /** The test plan of a file. @throws TypeError as `checkTestPlan` does, or if the file cannot be read */
  async loadTestPlan(path: string): Promise<TestPlan> {
    const file = stringOption('path', path)
    return checkTestPlan(await readConfigFile(file, parseYaml), file)
  }
}

/** By the parser that is bundled, so that the package `yaml` does not need to be installed. */
async function parseYaml(text: string): Promise<unknown> {
  return yamlValue(text, await import('yaml'))
}
