// `node recorded-search.mjs PORT FAMILY SEED STORE REPORT MODE`: one experiment over HTTP with a ledger, in a process that
// may be killed at any moment and started again. MODE is "record", or "replay", which must not need the server.
import { renameSync, writeFileSync } from 'node:fs'
import { FileSystemStorage } from '../../../dist/index.js'
import { Ledger } from '../../../dist/optimizer/ledger/ledger.js'
import { ledgerSchema } from '../../../dist/optimizer/ledger/ledger-entry.js'
import { runExperiment } from '../../../dist/optimizer/search/experiment.js'
import { modelProposer } from '../../../dist/optimizer/search/model-proposer.js'
import { evaluateOn, modelsOf, worldAt } from './driver.mjs'

const [port, family, seed, storageDir, report, mode] = process.argv.slice(2)
const world = worldAt(Number(port), family, Number(seed))
const CALLS = 260

const storage = await FileSystemStorage.open({ storageDir, schema: ledgerSchema })
const ledger = await Ledger.open({
  storage,
  run: 'search',
  settings: { family, seed: Number(seed), calls: CALLS },
  budget: { calls: 2 * CALLS },
  mode,
})
// Who kills it counts from here.
process.stdout.write('open\n')
// The cases are recorded, too: a replay has no server to ask.
const ask = async (path) =>
  await ledger.run(
    { kind: 'bed', request: { path } },
    { perform: async () => ({ answer: await world.get(path) }) },
  )
const [texts, train, validation, heldOut] = [
  await ask('seed'),
  await ask('cases/train'),
  await ask('cases/validation'),
  await ask('cases/held_out'),
]
const { worker, writer } = modelsOf(world)
const result = await runExperiment({
  seed: texts,
  train,
  validation,
  heldOut,
  budget: { calls: CALLS },
  evaluate: evaluateOn(world, worker, ledger),
  proposer: modelProposer(ledger.model(writer)),
  randomSeed: Number(seed),
  concurrency: 4,
  ledger,
})
await ledger.close()
await storage.close()
writeFileSync(`${report}.new`, JSON.stringify(result, null, 2))
renameSync(`${report}.new`, report)
process.exit()
