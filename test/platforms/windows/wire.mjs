// Messages on a socket: their length, then their bytes.
import { deserialize, serialize } from 'node:v8'

const HEAD_BYTES = 4

export function write(socket, message) {
  const body = serialize(message)
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32LE(body.length)
  socket.write(Buffer.concat([head, body]))
}

export function frames(socket, receive) {
  let rest = Buffer.alloc(0)
  socket.on('data', (bytes) => {
    rest = Buffer.concat([rest, bytes])
    while (rest.length >= HEAD_BYTES) {
      const end = HEAD_BYTES + rest.readUInt32LE()
      if (rest.length < end) return
      const body = rest.subarray(HEAD_BYTES, end)
      rest = rest.subarray(end)
      receive(deserialize(body))
    }
  })
}
