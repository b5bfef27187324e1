// Logs as the recording disk writes them, for tests.

interface Entry {
  readonly kind: number
  readonly offset: number
  readonly bytes: Buffer
}

export function write(offset: number, text: string | Buffer): Entry {
  return { kind: 1, offset, bytes: Buffer.from(text) }
}

export function flush(): Entry {
  return { kind: 2, offset: 0, bytes: Buffer.alloc(0) }
}

export function mark(what: object): Entry {
  return { kind: 3, offset: 0, bytes: Buffer.from(JSON.stringify(what)) }
}

export function logOf(entries: readonly Entry[]): Buffer {
  return Buffer.concat(
    entries.flatMap(({ kind, offset, bytes }) => {
      const header = Buffer.alloc(16)
      header.writeUInt32LE(kind, 0)
      header.writeUInt32LE(bytes.length, 4)
      header.writeBigUInt64LE(BigInt(offset), 8)
      return [header, bytes]
    }),
  )
}
