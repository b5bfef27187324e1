export function reportsIn(text: string): string[]
