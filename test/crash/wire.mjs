// What a spawned program tells its parent, one JSON document a line. The write is synchronous, so that a line which was
// written is not lost when the program is killed right after.
import { writeSync } from 'node:fs'

const STANDARD_OUTPUT = 1

export function tell(message) {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`)
  for (let at = 0; at < bytes.length;) at += writeSync(STANDARD_OUTPUT, bytes, at)
}

/** Monotonic and the same for all processes of a machine, in ns. */
export function now() {
  return Number(process.hrtime.bigint())
}
