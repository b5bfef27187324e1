// Everything that the addon can do, for a tool to look at. Plain Node, so that nothing but the addon is in the way.
//
//   node main.mjs <addon> <directory> <scale> <seed> [<part> ...] [-- <command before node> ...]
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Random } from '../../crash/random.mjs'
import { Addon } from './addon.mjs'
import { cagedCopy } from './cage.mjs'
import { files, wrongArguments } from './files.mjs'
import { commits } from './journal.mjs'
import { stores } from './stores.mjs'
import { waits } from './waits.mjs'
import { workers } from './workers.mjs'

const end = process.argv.includes('--') ? process.argv.indexOf('--') : process.argv.length
const [path, parent, scaleText, seed, ...chosen] = process.argv.slice(2, end)
const command = process.argv.slice(end + 1)
const scale = Number(scaleText)
const addon = new Addon(path)
const noted = []

const PARTS = {
  files: async (directory) => await files(addon, directory, scale),
  commits: async (directory) => await commits(addon, directory, scale),
  cage: async (directory) => {
    const caged = new Addon(cagedCopy(path, parent))
    await commits(caged, directory, scale)
    addon.add(caged)
  },
  waits: async (directory) => await waits(addon, directory, scale),
  arguments: () => wrongArguments(addon),
  workers: async (directory) => {
    const ended = await workers(path, directory, 6 * scale, new Random(seed, 'workers'))
    noted.push(`${ended} threads ended`)
  },
  stores: async (directory) => await stores(path, directory, 5 * scale, command),
}

const parts = chosen.length > 0 ? chosen : Object.keys(PARTS)
for (const name of parts) {
  const directory = join(parent, name)
  mkdirSync(directory)
  await PARTS[name](directory)
}
if (chosen.length === 0 && addon.neverCalled.length > 0)
  throw new Error(`never called: ${addon.neverCalled.join(', ')}`)
console.log([`${addon.calls} calls`, ...noted].join(', '))
