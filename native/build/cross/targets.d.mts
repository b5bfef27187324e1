export interface Target {
  readonly name: string
  readonly file: string
  readonly system: 'linux' | 'mac' | 'win'
  readonly triple: string
}

export const TARGETS: readonly Target[]
