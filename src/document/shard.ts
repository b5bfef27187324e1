import { hash } from 'node:crypto'

/** Fewest and most hex digits of a shard's name: 16 to 65536 shards. */
export const SHARD_DEPTH_MIN = 1
export const SHARD_DEPTH_MAX = 4

/** The directory, one level deep, in which a sharded store keeps a prompt: the first digits of the id's SHA-256. */
export function shardOf(promptId: string, depth: number): string {
  return hash('sha256', promptId).slice(0, depth)
}

/** Whether a directory's name is that of a shard of this depth. */
export function isShardName(name: string, depth: number): boolean {
  return name.length === depth && /^[0-9a-f]+$/.test(name)
}
