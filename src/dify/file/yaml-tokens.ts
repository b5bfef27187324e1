import type { ScannedScalar } from './yaml-scalars.js'

export type TokenType =
  | 'document-start'
  | 'document-end'
  | 'end'
  | 'block-sequence'
  | 'block-mapping'
  | 'block-end'
  | 'flow-sequence'
  | 'flow-sequence-end'
  | 'flow-mapping'
  | 'flow-mapping-end'
  | 'entry'
  | 'flow-entry'
  | 'key'
  | 'value'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'scalar'

export interface Token {
  readonly type: TokenType
  readonly start: number
  readonly end: number
  /** The name of an alias, anchor or tag. */
  readonly name?: string
  readonly scalar?: ScannedScalar
  /** Of a scalar: the column of the block collection around it, -1 at the top. */
  readonly indent?: number
  /** Of a scalar: whether it is within a flow collection. */
  readonly inFlow?: boolean
}

/** What Dify's reader takes in another way than YAML 1.2, or refuses. */
export type YamlNoteKind =
  | 'under_indented'
  | 'tab'
  | 'duplicate_key'
  | 'anchor'
  | 'unknown_tag'
  | 'unfit_value'
  | 'control_character'

/** Called for each tolerated fault, with its place. */
export type OnYamlNote = (kind: YamlNoteKind, offset: number, subject?: string) => void

/**
 * Deepest nesting of collections; real workflows have about 15 levels. What is recursive further on counts on it.
 */
export const YAML_DEPTH_MAX = 100
