import type { PromptVersion, PromptVersionInput } from './prompts/prompt-version.js'

/**
 * The part of the Standard Schema interface, version 1, that a storage uses (https://standardschema.dev). Schemas of
 * zod, valibot, arktype and others have it; nothing needs to be installed for that.
 */
export interface StandardSchema<Output = unknown, Input = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** What a schema answers: the value as it is to be kept, or what is wrong with it. */
export type SchemaResult<Output> = SchemaSuccess<Output> | SchemaFailure

export interface SchemaSuccess<Output> {
  readonly value: Output
  readonly issues?: undefined
}

export interface SchemaFailure {
  readonly issues: readonly SchemaIssue[]
}

export interface SchemaIssue {
  readonly message: string
  /** Where in the value: keys from the outside in, plain or wrapped. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What is given to be saved where a schema does not say it: what has a default in a PromptVersion may be left out. */
export type InputOf<Version> = [Version] extends [PromptVersion]
  ? [PromptVersion] extends [Version]
    ? PromptVersionInput
    : Version
  : Version

/** `Type`, which the options alone decide: NoInfer, for versions of TypeScript before 5.4. */
export type FromOptions<Type> = [Type][Type extends unknown ? 0 : never]

/** What is given to be saved with a schema of this input, which is `unknown` where the schema does not say it. */
export type GivenOf<Version, Input> = unknown extends Input ? InputOf<Version> : Input

/** A storage of documents other than PromptVersion cannot be had without their schema. */
export type SchemaOf<Version> = [Version] extends [PromptVersion]
  ? [PromptVersion] extends [Version]
    ? unknown
    : { readonly schema: StandardSchema<Version> }
  : { readonly schema: StandardSchema<Version> }
