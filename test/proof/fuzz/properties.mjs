// What a decoder must keep to, whatever it is given.
import { inspect, isDeepStrictEqual } from 'node:util'

/** The result, or undefined when the decoder refuses in the way that it may; any other error goes on. */
export function unless(Refusal, decode) {
  try {
    return decode()
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}

export async function unlessLater(Refusal, decode) {
  try {
    return await decode()
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}

/** Bytes by their content, everything else by its structure. */
export function mustEqual(left, right) {
  const same =
    left instanceof Uint8Array && right instanceof Uint8Array
      ? Buffer.compare(left, right) === 0
      : isDeepStrictEqual(left, right)
  if (!same)
    throw new Error(`Accepted, but it says another thing again: ${shown(left)} and ${shown(right)}`)
}

function shown(value) {
  return value instanceof Uint8Array
    ? Buffer.from(value).toString('hex').slice(0, 200)
    : inspect(value, { depth: 6 }).slice(0, 400)
}
