import type { Target } from './targets.mjs'

export function faultsOf(target: Target, bytes: Uint8Array): string[]
