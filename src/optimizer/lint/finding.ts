import type { TextPlace } from '../../dify/file/text-places.js'
import type { DifyNode } from '../../dify/workflow/nodes.js'

/** How much a finding matters: an error fails the run or loses what the author wrote; a warning probably does. */
export const SEVERITIES = ['error', 'warning', 'note'] as const
export type FindingSeverity = (typeof SEVERITIES)[number]

/** Something in a workflow that is probably not what its author meant. */
export interface Finding {
  /** The id of the rule; it never changes its meaning. */
  readonly rule: string
  readonly severity: FindingSeverity
  readonly message: string
  /** What to do about it. */
  readonly remedy: string
  /** The file as the caller named it. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 code units. */
  readonly column: number
  /** The JSON pointer of the value in the file. */
  readonly pointer: string
  /** Absent for what belongs to the app as a whole. */
  readonly node_id?: string
  readonly node_title?: string
}

/** A finding as its rule reports it: where it is, is looked up afterwards. */
export interface Fault {
  readonly message: string
  readonly remedy: string
  readonly pointer: string
  readonly node?: DifyNode | undefined
  /** What to point at within the value: its n-th occurrence there, from 0. Default: the value as a whole. */
  readonly within?: { readonly text: string; readonly occurrence: number } | undefined
  /** Where it is, if that is known already: it may be in no value. */
  readonly place?: TextPlace | undefined
}
