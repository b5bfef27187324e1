import type { JsonObject } from '../document/json.js'

/** The program at the other end, as it names itself in `initialize`. */
export interface ClientInfo {
  readonly name: string
  readonly version: string
}

/** Who a client is in histories. */
export interface Actor {
  /** `metadata.author` of its versions, and `by` of its moves: `mcp:NAME/VERSION`. */
  readonly author: string
  /** What its versions have in `metadata.mcp`. */
  readonly mcp: JsonObject
}

/** Longest part of an actor, in characters. */
export const ACTOR_PART_CHARACTERS_MAX = 64

/**
 * The actor of a client. The client chooses its own name, so what would change how a history looks is taken out of it:
 * only printable characters of ASCII stay, without blanks.
 */
export function actorOf(client: ClientInfo | undefined): Actor {
  const name = partOf(client?.name, 'unknown')
  const version = partOf(client?.version, '0')
  return {
    author: `mcp:${name}/${version}`,
    mcp: { client_name: name, client_version: version },
  }
}

function partOf(given: unknown, otherwise: string): string {
  const text = typeof given === 'string' ? given : ''
  const plain = text
    .trim()
    .replace(/[^\x21-\x7e]+/g, '-')
    .slice(0, ACTOR_PART_CHARACTERS_MAX)
  return plain === '' ? otherwise : plain
}
