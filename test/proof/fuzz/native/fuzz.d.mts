export declare function findCompiler(): string | undefined
export declare function fuzzNative(given: {
  readonly compiler: string
  readonly seconds: number
  readonly seed: number | string
}): { readonly status: number | null; readonly output: string }
