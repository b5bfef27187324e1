import { backendOf } from '../config/backends/backends.js'
import { snakeCased } from '../config/keys.js'
import { openPlaced } from '../config/open-configured.js'
import type { VersionStore } from '../versions/version-store.js'
import { SETTINGS_PLACE, type ChosenStore } from './chosen-store.js'
import { CliError } from './errors.js'
import type { GlobalOptions } from './global-options.js'

/**
 * Opens a store that is not one of files.
 *
 * @param create whether it may be made
 * @throws CliError for a flag that means nothing to it, and for saving where nothing is kept
 */
export async function openOtherStore(
  { target, settings }: ChosenStore,
  options: GlobalOptions,
  create: boolean,
): Promise<VersionStore> {
  const { scheme, shown } = target
  if (scheme === 'memory' && create)
    throw new CliError(
      'CLI-USAGE-001',
      'memory: keeps nothing when the command ends: name another store with --dir or --store',
    )
  const backend = await backendOf(target)
  const flags = settingsOfFlags(options, backend.settings, shown)
  const { readOnly = false } = options
  const access = scheme === 'memory' ? {} : { readOnly, create: create && !readOnly }
  const store = await openPlaced(
    { target, rest: { ...without(settings, Object.keys(flags)), ...flags } },
    access,
    SETTINGS_PLACE,
  )
  // Without a schema, its documents are PromptVersions.
  return store as unknown as VersionStore
}

/** Flags, and the settings that they are in a store that has them. */
const FLAGS: readonly (readonly [
  flag: string,
  setting: string,
  valueOf: (options: GlobalOptions) => unknown,
])[] = [
  ['--adopt', 'adopt', ({ adopt }) => adopt],
  ['--group', 'fileMode', ({ group }) => group],
  ['--trash', 'enableTrash', ({ trash }) => trash],
  ['--portable', 'disk', ({ portable }) => portable],
  ['--disk', 'disk', ({ disk }) => disk],
  ['--shard-depth', 'shardDepth', ({ shardDepth }) => shardDepth],
  ['--prerelease', 'allowPrerelease', ({ prerelease }) => prerelease],
  ['--lock-timeout-ms', 'lockTimeoutMs', ({ lockTimeoutMs }) => lockTimeoutMs],
  [
    '--retries',
    'retry',
    ({ retries }) => (retries === undefined ? undefined : { attempts: retries + 1 }),
  ],
]

function settingsOfFlags(
  options: GlobalOptions,
  known: readonly string[],
  shown: string,
): Readonly<Record<string, unknown>> {
  const settings: Record<string, unknown> = {}
  for (const [flag, setting, valueOf] of FLAGS) {
    const value = valueOf(options)
    if (value === undefined) continue
    if (!known.includes(setting))
      throw new CliError(
        'CLI-USAGE-001',
        `${flag} means nothing to the store ${shown}; leave it out`,
      )
    settings[setting] = value
  }
  return settings
}

/** Flags win over settings, in whichever spelling those are given. */
function without(
  settings: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(settings).filter(
      ([key]) => !names.some((name) => snakeCased(key) === snakeCased(name)),
    ),
  )
}
