import type { Operation } from '../../src/engine/commit/transaction.js'

export function operationsOf(writer: string, n: number): Operation[]
export function stateAfter(writer: string, n: number): Map<string, string>
export function contradictionIn(
  contents: ReadonlyMap<string, Uint8Array>,
  writers: readonly string[],
  counts?: Map<string, number>,
): string | undefined
