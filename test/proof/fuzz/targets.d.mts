export interface Target {
  check(bytes: Uint8Array): boolean | Promise<boolean>
  dispose?(): Promise<void>
}

export declare const TARGETS: Readonly<Record<string, Target>>
