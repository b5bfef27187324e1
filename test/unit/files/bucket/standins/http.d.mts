export interface Exchange {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string | undefined>>
}

export type Fault =
  | 'reset'
  | 'lost'
  | 'hang'
  | { readonly status: number }
  | { readonly cut: number }
  | { readonly stall: number }

export type Faults = (exchange: Exchange) => Fault | undefined

export interface StandIn {
  readonly port: number
  readonly endpoint: string
  /** `METHOD path` of each request so far. */
  readonly requests: string[]
  setFaults(faults: Faults | undefined): void
  close(): Promise<void>
}
