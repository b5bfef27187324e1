import { codeOf, isError } from '../../base/values.js'
import { ARGUMENT_CODE } from '../../base/misuse.js'
import type { RunConfig, SecretPlace } from './run-config.js'
import { secretAt, type Variables } from './run-models.js'

/** A secret that a run needs. It is never shown. */
export interface RunSecret {
  /** The key of the configuration, such as `models.writer.api_key`. */
  readonly key: string
  /** The variable of the environment that it is in; null for a file. */
  readonly env: string | null
  /** The file that it is in; null for a variable. */
  readonly file: string | null
  /** Why the run would be refused: the variable is not set, or the file cannot be read; null if it is there. */
  readonly problem: string | null
}

/** The secrets that a run needs, in the order in which it reads them: those of the target, then those of its models. */
export async function runSecrets(
  config: RunConfig,
  environment: Variables,
): Promise<readonly RunSecret[]> {
  const places = new Map<string, SecretPlace>()
  for (const [key, place] of [...targetPlaces(config), ...modelPlaces(config)])
    if (place !== undefined) places.set(key, place)
  const secrets: RunSecret[] = []
  for (const [key, place] of places)
    secrets.push({
      key,
      env: place.env ?? null,
      file: place.file ?? null,
      problem: await problemOf(key, place, environment),
    })
  return secrets
}

type Place = readonly [key: string, place: SecretPlace | undefined]

function targetPlaces({ target }: RunConfig): readonly Place[] {
  if (target.type !== 'dify') return []
  const { access_token: access, csrf_token: csrf } = target.console
  return [
    ['target.api_key', target.api_key],
    ['target.console.access_token', access],
    ['target.console.csrf_token', csrf],
  ]
}

/** Of the models that the run asks: others may be in the configuration. */
function modelPlaces({ target, proposer, judge, models }: RunConfig): readonly Place[] {
  const names = [
    ...(target.type === 'model' ? [target.model] : []),
    ...(judge === undefined ? [] : [judge.model]),
    proposer.model,
  ]
  return names.map((name) => [`models.${name}.api_key`, models[name]?.api_key])
}

async function problemOf(
  key: string,
  place: SecretPlace,
  environment: Variables,
): Promise<string | null> {
  try {
    await secretAt(place, key, environment)
    return null
  } catch (error) {
    if (isError(error) && codeOf(error) === ARGUMENT_CODE) return error.message
    throw error
  }
}
