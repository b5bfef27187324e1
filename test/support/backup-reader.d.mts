export interface BackupContents {
  readonly summary: {
    readonly sequence: number
    readonly lsn: number
    readonly at: string
    readonly files: number
    readonly previous: { readonly sequence: number } | null
  }
  readonly contents: Map<string, Buffer>
}

export function backupNumbers(directory: string): number[]
export function backedUp(directory: string, sequence: number): BackupContents
export function storedFiles(directory: string, below?: string): Map<string, Buffer>
export function digests(contents: ReadonlyMap<string, Uint8Array>): string[]
