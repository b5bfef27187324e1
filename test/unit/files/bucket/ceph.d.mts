export interface Ceph {
  readonly endpoint: string
  killGateway(): Promise<void>
  startGateway(): Promise<void>
  stop(): Promise<void>
}

/** Why tests leave Ceph out here; where CI runs as root, a missing server fails them. */
export const CEPH_LEFT_OUT: string | undefined
export const ACCESS_KEY: string
export const SECRET_KEY: string

export function startCeph(): Promise<Ceph>
