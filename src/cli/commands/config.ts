import { counted } from '../counted.js'
import { extname } from 'node:path'
import type { Command } from 'commander'
import { describeOutdated } from '../../config/deprecated.js'
import { CONFIG_BYTES_MAX, findConfigFile, readConfigFile } from '../../config/config-file.js'
import { leavesOfConfig } from '../../config/file-leaves.js'
import { isSecretName, REDACTED, redactUrl } from '../../config/redact.js'
import type { ConfigOrigin, LoadedConfig } from '../../config/resolve-config.js'
import { workingDirectory } from '../../base/this-process.js'
import { readInputFile } from '../../disk/input-files.js'
import { chosenStore, configurationHere, parseYamlHere } from '../chosen-store.js'
import { CliError } from '../errors.js'
import { unreadable } from '../input.js'
import type { MigratedConfig } from '../migrate-config.js'
import { replaceFile } from '../replace-file.js'
import type { Session } from '../session.js'

const EXAMPLES = `
From the strongest to the weakest: --dir and --store, the environment, the
configuration file (holdfast.config.yaml, .json or .ts in this directory or
above it, or --config FILE), defaults.

Examples:
  $ holdfast config show --origin
  $ holdfast config check --config production.yaml
  $ holdfast config migrate --dry-run`

export function addConfigCommand(program: Command, session: Session): void {
  const config = program
    .command('config')
    .description('prints, checks and rewrites the configuration')
    .addHelpText('after', EXAMPLES)
  addShowCommand(config, session)
  config
    .command('check')
    .description('check the configuration, and open its store without writing')
    .action(async () => await check(session))
  config
    .command('migrate')
    .description('write forms of earlier releases as they are now; comments stay')
    .option('-n, --dry-run', 'print the new text, and leave the file alone')
    .action(
      async ({ dryRun = false }: { readonly dryRun?: boolean }) => await migrate(session, dryRun),
    )
}

function addShowCommand(config: Command, session: Session): void {
  config
    .command('show')
    .description('print every value of the configuration, secrets as ***')
    .option('--origin', 'say what each value comes from')
    .action(async ({ origin = false }: { readonly origin?: boolean }) => {
      const { output } = session
      const loaded = await configurationHere(session.environment, session.options)
      const rows = valuesOf(loaded)
      if (output.json) return await output.document(asDocument(loaded, rows, origin))
      await output.table(
        [
          { title: 'Key', whole: true },
          { title: 'Value' },
          ...(origin ? [{ title: 'Origin' }] : []),
        ],
        rows.map((row) => [row.key, textOf(row.value), ...(origin ? [described(row.origin)] : [])]),
      )
      await output.talk(loaded.file === undefined ? 'No configuration file' : `Read ${loaded.file}`)
    })
}

interface Row {
  readonly key: string
  /** Without secrets. */
  readonly value: unknown
  readonly origin: ConfigOrigin
}

/** In the order of their keys. */
function valuesOf({ config, origins }: LoadedConfig): readonly Row[] {
  return Object.entries(origins)
    .map(([key, origin]) => ({ key, origin, value: shown(key, valueAt(config, key)) }))
    .toSorted((one, other) => (one.key < other.key ? -1 : 1))
}

/** The keys of maps may contain dots themselves: they come last. */
function valueAt(config: LoadedConfig['config'], key: string): unknown {
  const { io_paths, dify, optimizer } = config
  const maps = [
    ['io_paths.', io_paths],
    ['dify.auth.', dify.auth],
    ['optimizer.storage.config.', optimizer.storage.config],
    ['optimizer.storage.', optimizer.storage],
    ['optimizer.optimization.', optimizer.optimization],
  ] as const
  const [prefix = '', map = {}] = maps.find(([begin]) => key.startsWith(begin)) ?? []
  return Reflect.get(map, key.slice(prefix.length)) as unknown
}

function shown(key: string, value: unknown): unknown {
  if (key.startsWith('dify.auth.') || isSecretName(key.split('.').at(-1) ?? '')) return REDACTED
  return typeof value === 'string' ? redactUrl(value) : value
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

function described({ source, name }: ConfigOrigin): string {
  // The path of the file is told once, below the table.
  return source === 'default' || source === 'file' ? source : `${source} ${name}`
}

function asDocument({ file }: LoadedConfig, rows: readonly Row[], origin: boolean): object {
  const values = Object.fromEntries(rows.map((row) => [row.key, row.value]))
  const origins = Object.fromEntries(rows.map((row) => [row.key, row.origin]))
  return { file: file ?? null, values, ...(origin ? { origins } : {}) }
}

async function check(session: Session): Promise<void> {
  const { environment, options, output } = session
  const { config, file } = await configurationHere(environment, options)
  const source = file === undefined ? 'the environment and the defaults' : file
  const { backend } = config.optimizer.storage
  if (backend === 'memory') {
    const shown = 'memory:'
    if (output.json)
      return await output.document({ file: file ?? null, store: shown, opened: false })
    return await output.talk(`${source}: valid; ${shown} is empty at first, so it was not opened`)
  }
  const { target } = await chosenStore(environment, options)
  let prompts = 0
  session.configure({ ...options, readOnly: true })
  await session.withStore(async (store) => {
    for await (const _id of store.promptIds()) prompts++
  })
  const facts = { file: file ?? null, store: target.shown, opened: true, prompts }
  if (output.json) return await output.document(facts)
  await output.talk(
    `${source}: valid; ${target.shown} opens and holds ${counted(prompts, 'prompt')}`,
  )
}

async function migrate(session: Session, isDry: boolean): Promise<void> {
  const { environment, options, output } = session
  const named = options.config ?? environment.variables['HOLDFAST_CONFIG'] ?? ''
  const file = named === '' ? await findConfigFile(workingDirectory()) : named
  if (file === undefined)
    throw new CliError(
      'CLI-NOTFOUND-001',
      'There is no holdfast.config.yaml, .json or .ts in this directory or above it: name a file with --config',
    )
  checkIsData(file)
  // An error of the file is reported with its name.
  await readConfigFile(file, parseYamlHere)
  const before = await readText(file)
  const { text, forms } = await migrated(before, file)
  // What is written has to be valid: an error of the file is reported, not rewritten.
  await leavesOfConfig(await valueOf(text, file), file, undefined)
  const isWritten = forms.length > 0 && !isDry
  if (isWritten) await replaceFile(file, before, text)
  const changes = forms.map(describeOutdated)
  if (output.json) return await output.document({ file, written: isWritten, changes })
  for (const change of changes) await output.talk(change)
  if (forms.length === 0) return await output.talk(`${file}: nothing to migrate`)
  if (isDry) return await output.data(text)
  await output.talk(`${file} was rewritten`)
}

async function readText(file: string): Promise<string> {
  try {
    return Buffer.from(await readInputFile(file, CONFIG_BYTES_MAX)).toString('utf8')
  } catch (error) {
    throw unreadable(file, error)
  }
}

async function migrated(text: string, file: string): Promise<MigratedConfig> {
  const { migrateJson, migrateYaml } = await import('../migrate-config.js')
  return isJson(file) ? migrateJson(text, file) : migrateYaml(text, file)
}

function isJson(file: string): boolean {
  return extname(file).toLowerCase() === '.json'
}

function checkIsData(file: string): void {
  if (/\.(json|ya?ml)$/i.test(file)) return
  throw new CliError(
    'CLI-USAGE-001',
    `${file} is not YAML or JSON, and only those are rewritten: change it by hand; the warnings of "holdfast config show" say what`,
  )
}

async function valueOf(text: string, file: string): Promise<unknown> {
  return isJson(file) ? JSON.parse(text.replace(/^\uFEFF/, '')) : await parseYamlHere(text)
}
