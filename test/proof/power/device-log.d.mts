export interface DiskWrite {
  readonly kind: 'write'
  readonly offset: number
  readonly bytes: Buffer
}

export type DeviceEvent =
  DiskWrite | { readonly kind: 'flush' } | { readonly kind: 'mark'; readonly mark: unknown }

export interface Window {
  readonly from: number
  readonly to: number
}

export declare function parseLog(log: Buffer): DeviceEvent[]
export declare function windowsOf(events: readonly DeviceEvent[]): Window[]
