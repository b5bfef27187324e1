// From how many prompts on sharding pays: the same calls with and without it, in turns.
import { join } from 'node:path'
import { FileSystemStorage } from '../../dist/index.js'
import { fillStore, inDirectory, quantile, round, versionOf } from './timing.mjs'

const SIZES = (process.env.SIZES ?? '1000,10000,100000').split(',').map(Number)
const CALLS = 300
const OPENINGS = 5
const LAYOUTS = { plain: false, sharded: true }

export async function measureSharding() {
  const rows = []
  for (const prompts of SIZES) rows.push({ prompts, ...(await measure(prompts)) })
  return { rows }
}

async function measure(prompts) {
  return await inDirectory(async (directory) => {
    const samples = {}
    const stores = Object.entries(LAYOUTS).map(([name, enableSharding]) => {
      samples[name] = { open_ms: [], rebuild_ms: [], save_ms: [], list_ms: [] }
      return { name, options: { storageDir: join(directory, name), enableSharding } }
    })
    for (const { options } of stores) await fillStore(options, prompts, 1)
    const open = []
    for (let round = 0; round < OPENINGS; round++)
      for (const { name, options } of stores) {
        const storage = await note(samples[name].open_ms, async () =>
          FileSystemStorage.open(options),
        )
        await note(samples[name].rebuild_ms, async () => await storage.rebuildIndex())
        if (round < OPENINGS - 1) await storage.close()
        else open.push({ ...samples[name], storage })
      }
    for (let call = 0; call < CALLS; call++)
      for (const { save_ms, list_ms, storage } of open) {
        await note(save_ms, async () => await storage.saveVersion(versionOf(prompts + call, 0)))
        const id = `prompt-${(call * 997) % prompts}`
        await note(list_ms, async () => await storage.listVersions(id))
      }
    for (const { storage } of open) await storage.close()
    return Object.fromEntries(
      Object.entries(samples).map(([name, kinds]) => [name, medians(kinds)]),
    )
  })
}

async function note(times, work) {
  const start = performance.now()
  const result = await work()
  times.push(performance.now() - start)
  return result
}

function medians(kinds) {
  return Object.fromEntries(
    Object.entries(kinds).map(([kind, times]) => [kind, round(quantile(times, 0.5))]),
  )
}
