// What a spawned program tells its parent, one JSON document a line. The write is synchronous, so that a line which was
// written is not lost when the program is killed right after.
import { writeSync } from 'node:fs'

const STANDARD_OUTPUT = 1
const FULL_PIPE_MS = 1

export function tell(message) {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`)
  for (let at = 0; at < bytes.length;) at += write(bytes, at)
}

/** The pipe may be full, when the parent is slow: then this waits for room. */
function write(bytes, at) {
  try {
    return writeSync(STANDARD_OUTPUT, bytes, at)
  } catch (error) {
    if (error.code !== 'EAGAIN') throw error
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_MS)
    return 0
  }
}

/** Monotonic and the same for all processes of a machine, in ns. */
export function now() {
  return Number(process.hrtime.bigint())
}
