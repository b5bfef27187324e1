import { wrongArgument } from '../base/misuse.js'
import { nearestName, shown } from '../base/options.js'
import { OPTIMIZATION_DEFAULTS, partialConfigSchema } from './env-config.js'
import { readSecretFile } from './secret-files.js'
import { storageConfigOf } from './storage-config.js'
import { strictlyParsed } from './strict.js'

/** Values by the keys that lead to them, with what they come from. */
export interface Leaf {
  readonly path: readonly string[]
  readonly value: unknown
  /** The variable or flag, or the file. */
  readonly name: string
}

type Variables = Readonly<Record<string, string | undefined>>

const STORAGE = ['optimizer', 'storage'] as const
/** Each of these names the store; one of them may be set. */
const PLACES = ['HOLDFAST_STORE', 'HOLDFAST_STORE_FILE', 'HOLDFAST_DIR', 'HOLDFAST_STORAGE_BACKEND']
const SETTING = 'HOLDFAST_STORAGE_'
const PASSWORDS = {
  HOLDFAST_STORE_PASSWORD: 'password',
  HOLDFAST_STORE_PASSWORD_FILE: 'password_file',
}

/**
 * What the variables of the environment configure. An empty one counts as not set.
 * @throws TypeError that names the variable whose value is wrong
 */
export async function leavesOfEnvironment(variables: Variables): Promise<readonly Leaf[]> {
  const isSet = (name: string): boolean => (variables[name] ?? '') !== ''
  const [place, other] = PLACES.filter(isSet)
  if (other !== undefined)
    throw wrongArgument(`Environment variables ${place} and ${other} both name the store: set one`)
  refuseMisspelt(Object.keys(variables).filter(isSet))
  return [
    ...(place === undefined ? [] : await placeLeaves(place, variables[place] ?? '')),
    ...Object.entries(PASSWORDS)
      .filter(([name]) => isSet(name))
      .map(([name, key]) => ({ path: [...STORAGE, 'config', key], value: variables[name], name })),
    ...Object.keys(variables)
      .filter((name) => name.startsWith(SETTING) && !PLACES.includes(name) && isSet(name))
      .map((name) => settingLeaf(name, variables[name] ?? '')),
    ...Object.keys(OPTIMIZATION_DEFAULTS)
      .map((key) => ({ key, name: `HOLDFAST_${key.toUpperCase()}` }))
      .filter(({ name }) => isSet(name))
      .map(({ key, name }) => numberLeaf(key, name, variables[name] ?? '')),
  ]
}

async function placeLeaves(name: string, value: string): Promise<readonly Leaf[]> {
  switch (name) {
    case 'HOLDFAST_DIR':
      return storageLeaves({ backend: 'filesystem', config: { storage_dir: value } }, name)
    case 'HOLDFAST_STORAGE_BACKEND':
      return [{ path: [...STORAGE, 'backend'], value, name }]
    case 'HOLDFAST_STORE_FILE':
      return urlLeaves(await readSecretFile(value, `Environment variable ${name}`), name)
    default:
      return urlLeaves(value, name)
  }
}

/** What a store URL configures. @throws TypeError that names the variable or flag, and the part that is wrong */
export function urlLeaves(url: string, name: string): readonly Leaf[] {
  return storageLeaves(storageConfigOf(url, name), name)
}

function storageLeaves(
  { backend, config }: ReturnType<typeof storageConfigOf>,
  name: string,
): readonly Leaf[] {
  return [
    { path: [...STORAGE, 'backend'], value: backend, name },
    ...Object.entries(config).map(([key, value]) => ({
      path: [...STORAGE, 'config', key],
      value,
      name,
    })),
  ]
}

/** true, false and whole numbers are what they say; all else is text. */
function settingLeaf(name: string, text: string): Leaf {
  const isNumber = /^\d{1,15}$/.test(text)
  const isFlag = /^(true|false)$/i.test(text)
  const value = isNumber ? Number(text) : isFlag ? /^true$/i.test(text) : text
  return { path: [...STORAGE, 'config', name.slice(SETTING.length).toLowerCase()], value, name }
}

function numberLeaf(key: string, name: string, text: string): Leaf {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value))
    throw wrongArgument(`Environment variable ${name} must be a number, got ${shown(text)}`)
  const whole = { optimizer: { optimization: { [key]: value } } }
  strictlyParsed(partialConfigSchema, whole, '', `Environment variable ${name}`)
  return { path: ['optimizer', 'optimization', key], value, name }
}

/** Variables of this family only: other packages and the other stores have names that begin with HOLDFAST, too. */
function refuseMisspelt(names: readonly string[]): void {
  const known = [...PLACES, ...Object.keys(PASSWORDS)]
  const wrong = names.find((name) => name.startsWith('HOLDFAST_STORE') && !known.includes(name))
  if (wrong === undefined) return
  const near = nearestName(wrong, known)
  throw wrongArgument(
    `Unknown environment variable ${wrong}; ${near === undefined ? `known are ${known.join(', ')}` : `did you mean ${near}?`}`,
  )
}
