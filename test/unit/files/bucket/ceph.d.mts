export interface Ceph {
  readonly endpoint: string
  killGateway(): Promise<void>
  startGateway(): Promise<void>
  stop(): Promise<void>
}

export const ACCESS_KEY: string
export const SECRET_KEY: string

export function startCeph(): Promise<Ceph>
