import { LRUCache } from 'lru-cache'
import type { WireDocument } from '../wire/store-port.js'

/** A document as the server has sent it, with the ETag under which it may still be right. */
export interface TaggedDocument {
  readonly etag: string
  readonly document: WireDocument
}

/**
 * The texts that were read last. They are not answers: each use asks the server whether the text is still right, which
 * spares sending it again after memory had to be dropped.
 */
export class EtagMemory {
  readonly #documents: LRUCache<string, TaggedDocument>

  /** @param bytes most of all texts together */
  constructor(bytes: number) {
    this.#documents = new LRUCache({
      maxSize: bytes,
      sizeCalculation: ({ document }) => document.text.length + 1,
    })
  }

  get(promptId: string, version: string): TaggedDocument | undefined {
    return this.#documents.get(keyOf(promptId, version))
  }

  keep(promptId: string, tagged: TaggedDocument): void {
    this.#documents.set(keyOf(promptId, tagged.document.version), tagged)
  }
}

/** A version has no NUL, and neither has an id. */
function keyOf(promptId: string, version: string): string {
  return `${promptId}\0${version}`
}
