// `node ledger-process.mjs STORE ORIGIN REQUESTS LEASE_MS`: works on the run "shared", in a process of its own. Each
// request asks the server at ORIGIN, four at a time. It prints "open" once it has the run, and then how it ended.
import { FileSystemStorage } from '../../../../dist/index.js'
import { Ledger } from '../../../../dist/optimizer/ledger/ledger.js'
import { ledgerSchema } from '../../../../dist/optimizer/ledger/ledger-entry.js'

const [storageDir, origin, requests, leaseMs] = process.argv.slice(2)
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)

const storage = await FileSystemStorage.open({ storageDir, schema: ledgerSchema })
try {
  const ledger = await Ledger.open({ storage, run: 'shared', leaseMs: Number(leaseMs) })
  say({ state: 'open' })
  let next = 0
  const work = async () => {
    while (next < Number(requests)) {
      const at = next++
      await ledger.run(
        { kind: 'bed', request: { at } },
        {
          perform: async (signal) => {
            const answer = await fetch(`${origin}/${at}`, { signal })
            return { answer: await answer.text() }
          },
        },
      )
    }
  }
  try {
    await Promise.all(Array.from({ length: 4 }, work))
    say({ state: 'ended', report: ledger.report() })
  } finally {
    await ledger.close()
  }
} catch (error) {
  const { code, message, context } = error
  say({ state: 'failed', code, message, context })
} finally {
  await storage.close()
}
