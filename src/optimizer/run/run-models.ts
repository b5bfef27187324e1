import { environmentVariables } from '../../base/this-process.js'
import { wrongArgument } from '../../base/misuse.js'
import { readSecretFile } from '../../config/secret-files.js'
import type { Price } from '../ledger/budget.js'
import type { ChatModel } from '../llm/chat-model.js'
import { OpenAiChatModel } from '../llm/open-ai-model.js'
import type { RunConfig, SecretPlace } from './run-config.js'

/** Variables of an environment. */
export type Variables = Readonly<Record<string, string | undefined>>

/** A model that is asked on the network. @throws TypeError for a name that is not in `models`, or a missing secret */
export async function networkModel(
  { models }: RunConfig,
  name: string,
  environment: Variables = environmentVariables(),
): Promise<ChatModel> {
  const config = configOf(models, name)
  const { base_url: baseUrl, model, api_key: place, timeout_seconds: timeout } = config
  const apiKey =
    place === undefined ? undefined : await secretAt(place, `models.${name}.api_key`, environment)
  return new OpenAiChatModel({
    baseUrl,
    model,
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(timeout === undefined ? {} : { timeoutMs: Math.ceil(timeout * 1000) }),
    ...(config.token_limit_field === undefined
      ? {}
      : { tokenLimitField: config.token_limit_field }),
  })
}

/** A model that answers from the ledger alone: it is never asked, and needs no secret. */
export function recordedModel({ models }: RunConfig, name: string): ChatModel {
  const { model } = configOf(models, name)
  return {
    name: model,
    complete: async () =>
      await Promise.reject(wrongArgument(`The model ${model} is not asked without a network`)),
  }
}

/** What each model costs, by the name that requests have. */
export function pricesOf({ models }: RunConfig): Readonly<Record<string, Price>> {
  return Object.fromEntries(
    Object.values(models).flatMap(({ model, price }) =>
      price === undefined ? [] : [[model, price]],
    ),
  )
}

/** The secret at a place. @throws TypeError if there is none; it is never shown */
export async function secretAt(
  { env: variable, file }: SecretPlace,
  key: string,
  environment: Variables = environmentVariables(),
): Promise<string> {
  if (file !== undefined) return await readSecretFile(file, `Key "${key}"`)
  const secret = environment[variable ?? '']
  if (secret !== undefined && secret !== '') return secret
  throw wrongArgument(`Key "${key}" names the variable ${variable ?? ''}, which is not set`)
}

function configOf(models: RunConfig['models'], name: string): RunConfig['models'][string] {
  const config = Object.hasOwn(models, name) ? models[name] : undefined
  if (config !== undefined) return config
  throw wrongArgument(`There is no model "${name}" in "models"`)
}
