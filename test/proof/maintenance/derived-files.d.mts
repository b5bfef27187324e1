export function checkDerived(directory: string): {
  readonly problems: readonly string[]
  readonly lines: number
}
