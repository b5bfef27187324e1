// `npm run check:native`: fails when a shipped binary does not come from these sources, is not the one in the
// manifest, or would not load everywhere that its name says. Needs no compiler.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, binaries, hashOfFile, hashOfSources, readManifest } from '../manifest.mjs'
import { faultsOf } from './inspect.mjs'
import { TARGETS } from './targets.mjs'

const faults = [...manifestFaults(), ...TARGETS.flatMap(binaryFaults)]
for (const fault of faults) console.error(`holdfast: ${fault}`)
if (faults.length > 0) process.exitCode = 1

function manifestFaults() {
  const listed = readManifest()
  if (listed === undefined) return ['prebuilds/manifest.json is missing: npm run build:prebuilt']
  const known = new Set(TARGETS.map(({ file }) => file))
  return [
    ...(listed.sources === hashOfSources()
      ? []
      : ['prebuilds/ comes from other sources than native/: npm run build:prebuilt']),
    ...Object.keys(listed.files)
      .filter((file) => !known.has(file))
      .map((file) => `${file} is for no known platform`),
    ...binaries()
      .filter((file) => !(file in listed.files))
      .map((file) => `${file} is not in the manifest`),
  ]
}

function binaryFaults(target) {
  const { file } = target
  const path = join(ROOT, file)
  if (!existsSync(path)) return [`${file} is missing: npm run build:prebuilt`]
  if (hashOfFile(path) !== readManifest()?.files[file]) {
    return [`${file} is not the file in the manifest`]
  }
  return faultsOf(target, readFileSync(path)).map((fault) => `${file} ${fault}`)
}
