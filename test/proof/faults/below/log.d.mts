export function metFault(log: string): boolean
export function flushedAgain(log: string, disk?: string): readonly string[]
