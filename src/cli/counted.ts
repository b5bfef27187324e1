/** A number with its noun: `1 version`, `0 versions`. The plural takes an "s". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
