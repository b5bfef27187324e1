import { sampleVersion } from '../../../dist/versions/conformance/subject.js'

const LARGE_EVERY = 40

/** What a writer saves as that version: small, and now and then too large for the journal. */
export function contentOf(id, version) {
  const number = Number(version.split('.')[2])
  const times = number % LARGE_EVERY === LARGE_EVERY - 1 ? 30_000 : 20 + number
  return sampleVersion(id, version, { metadata: { text: `${id} ${version} `.repeat(times) } })
}
