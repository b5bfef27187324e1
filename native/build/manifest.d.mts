export interface Manifest {
  readonly sources: string
  readonly compiler: Readonly<Record<string, string>>
  readonly files: Readonly<Record<string, string>>
}

export function hashOfSources(root?: string): string
export function readManifest(root?: string): Manifest | undefined
