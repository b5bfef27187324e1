import { z } from 'zod'
import { strict } from '../../config/strict.js'
import { jsonObjectSchema } from '../../document/fields.js'
import type { JsonObject } from '../../document/json.js'

/** Numbers from `min` to `max`, both included. */
export interface NumberRange {
  readonly min: number
  readonly max: number
  /** Default 1. */
  readonly step: number
}

/** The values that one input of a workflow takes. */
export interface InputParameter {
  readonly type: 'string' | 'int' | 'float' | 'bool' | 'enum' | 'file' | 'json'
  readonly values?: readonly unknown[] | undefined
  readonly range?: NumberRange | undefined
  /** Paths of files, one of which is the value. */
  readonly file_pool?: readonly string[] | undefined
  /** A JSON text that is the value. */
  readonly json_template?: string | undefined
  readonly default?: unknown
}

/** One message of a conversation. */
export interface ConversationStep {
  readonly role: 'user' | 'assistant' | 'system' | 'tool'
  readonly message: string
  /** Whether the next step waits for the answer. Default true. */
  readonly wait_for_response: boolean
}

/** A conversation with a chatflow. */
export interface ConversationFlow {
  readonly title?: string | undefined
  readonly steps: readonly ConversationStep[]
  readonly expected_outcome?: string | undefined
  readonly metadata?: JsonObject | undefined
}

/** One case as a data set writes it. */
export interface DataSetCase {
  /** Default: the name of the data set and the place of the case in it. */
  readonly id?: string | undefined
  readonly inputs: JsonObject
  /** What an evaluator compares the answer with. */
  readonly expected?: unknown
  readonly metadata?: JsonObject | undefined
}

/** Cases that are written out, in a file, or combined from the values of parameters. */
export interface Dataset {
  readonly name: string
  /** `normal`, `boundary`, `error` or `custom`. Default `normal`. */
  readonly scenario: 'normal' | 'boundary' | 'error' | 'custom'
  readonly description?: string | undefined
  readonly cases: readonly DataSetCase[]
  /** A file with further cases. */
  readonly file?: string | undefined
  readonly parameters: Readonly<Record<string, InputParameter>>
  readonly conversation_flows: readonly ConversationFlow[]
  /** The parameters whose values are combined; the others take their first value. Default: all. */
  readonly pairwise_dimensions: readonly string[]
  /** The share of the cases of this set, relative to the others. Default 1. */
  readonly weight: number
}

const rangeSchema = strict({
  min: z.number(),
  max: z.number(),
  step: z.number().positive().default(1),
}).refine(({ min, max }) => min <= max, 'expected "min" that is not greater than "max"')

const parameterSchema = strict({
  type: z.enum(['string', 'int', 'float', 'bool', 'enum', 'file', 'json']),
  values: z.array(z.unknown()).min(1).optional(),
  range: rangeSchema.optional(),
  file_pool: z.array(z.string()).min(1).optional(),
  json_template: z.string().optional(),
  default: z.unknown().optional(),
})

const flowSchema = strict({
  title: z.string().optional(),
  steps: z
    .array(
      strict({
        role: z.enum(['user', 'assistant', 'system', 'tool']),
        message: z.string(),
        wait_for_response: z.boolean().default(true),
      }),
    )
    .min(1),
  expected_outcome: z.string().optional(),
  metadata: jsonObjectSchema.optional(),
})

export const conversationFlowSchema: z.ZodType<ConversationFlow> = flowSchema

/** Unknown keys are refused, with the nearest known one. */
export const dataSetSchema: z.ZodType<Dataset> = strict({
  name: z.string().min(1),
  scenario: z.enum(['normal', 'boundary', 'error', 'custom']).default('normal'),
  description: z.string().optional(),
  cases: z
    .array(
      strict({
        id: z.string().min(1).optional(),
        inputs: jsonObjectSchema,
        expected: z.unknown().optional(),
        metadata: jsonObjectSchema.optional(),
      }),
    )
    .default([]),
  file: z.string().min(1).optional(),
  parameters: z.record(z.string(), parameterSchema).default({}),
  conversation_flows: z.array(flowSchema).default([]),
  pairwise_dimensions: z.array(z.string()).default([]),
  weight: z.number().min(0).default(1),
})
