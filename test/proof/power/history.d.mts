export interface Mark {
  readonly issue?: string
  readonly changes?: readonly (readonly [key: string, digest: string | null])[]
  readonly ack?: string
  readonly settle?: string
  readonly kept?: boolean
  readonly due?: number
}

export interface Problem {
  readonly kind: string
  readonly key: string
  readonly text: string
}

export declare const TORN: string

export declare function splitOf(digest: string | undefined | null): string

export declare class History {
  constructor(options?: { readonly soft?: boolean })
  readonly done: number
  readonly current: ReadonlyMap<string, string>
  readonly acknowledged: number
  add(mark: Mark): void
  outcomes(
    entries: ReadonlyMap<string, string>,
  ): { readonly id: string; readonly kept: boolean | undefined }[]
  judge(entries: ReadonlyMap<string, string>): Problem[]
}
