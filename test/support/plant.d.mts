export interface Mutant {
  readonly name: string
  /** Below dist/. */
  readonly file: string
  readonly from: string
  readonly to: string
}

export declare function plantMutant(
  mutant: Mutant,
  beside?: readonly string[],
): { readonly directory: string; readonly library: string; remove(): void }
