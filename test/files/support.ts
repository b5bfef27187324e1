/** All that a stream yields. */
export async function bytesFrom(body: AsyncIterable<unknown> | undefined): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body ?? []) chunks.push(chunk as Uint8Array)
  return Buffer.concat(chunks)
}

/** A stream of the bytes in pieces of a size. */
export async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
