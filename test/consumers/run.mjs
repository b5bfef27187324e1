// The packed library in other people's hands: `npm run test:consumers -- bundlers | managers | nodes | types`, or all of them.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { proveBundlers } from './bundlers.mjs'
import { proveManagers } from './managers.mjs'
import { proveNodes } from './nodes.mjs'
import { pack } from './proof.mjs'
import { proveTypes } from './types.mjs'

const PROOFS = {
  bundlers: proveBundlers,
  managers: proveManagers,
  nodes: proveNodes,
  types: proveTypes,
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in PROOFS))
if (unknown.length > 0)
  throw new Error(`No consumers ${unknown.join(', ')}: ${Object.keys(PROOFS).join(', ')}`)

const directory = mkdtempSync(join(tmpdir(), 'holdfast-consumers-'))
try {
  const tarball = pack(directory)
  for (const name of wanted.length > 0 ? wanted : Object.keys(PROOFS))
    await PROOFS[name](join(directory, name), tarball)
} finally {
  rmSync(directory, { recursive: true, force: true })
}
