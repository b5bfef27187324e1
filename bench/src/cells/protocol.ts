import type { Sample } from '../plan/sample.js'

/** What the bench tells the process of a cell. */
export type Request =
  | { readonly kind: 'prepare' }
  | { readonly kind: 'run'; readonly forMs: number }
  | { readonly kind: 'close' }

/** What the process answers: one answer for each request, and one when it has opened its subject. */
export type Answer =
  | { readonly kind: 'ready'; readonly settings: string }
  | { readonly kind: 'unavailable'; readonly reason: string }
  | { readonly kind: 'prepared' }
  | { readonly kind: 'sample'; readonly sample: Sample }
  | { readonly kind: 'closed'; readonly closeMs: number; readonly peakRssBytes: number }
