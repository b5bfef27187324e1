// A fresh process that opens a store after kills, lets it recover, checks it, and restores backups of it. Prints one JSON
// document.
import { join } from 'node:path'
import { FileSystemStorage, verifyBackups } from 'holdfast'
import { derivedProblems } from '../crash/derived.mjs'
import { tell } from '../crash/wire.mjs'

const { storageDir, backups, sequences, restored } = JSON.parse(process.argv[2])
const problems = []
const storage = await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
problems.push(...(await derivedProblems(storage)))
const { findings } = await storage.verify()
problems.push(...findings.map((finding) => `verify: ${JSON.stringify(finding)}`))
await storage.close()

if (sequences.length > 0) {
  const { findings: broken } = await verifyBackups(backups)
  // A backup that was killed is not finished, which is not damage.
  const damage = broken.filter(({ problem }) => problem !== 'unfinished' && problem !== 'surplus')
  problems.push(...damage.map((one) => `backup: ${JSON.stringify(one)}`))
}
for (const sequence of sequences) {
  const to = join(restored, String(sequence))
  const report = await FileSystemStorage.restore(backups, { to, backup: sequence })
  if (report.damaged.length > 0)
    problems.push(`restore ${sequence}: ${JSON.stringify(report.damaged)}`)
  const opened = await FileSystemStorage.open({ storageDir: to, minFreeMb: 0 })
  const { findings: wrong } = await opened.verify()
  problems.push(...wrong.map((finding) => `verify of ${sequence}: ${JSON.stringify(finding)}`))
  await opened.close()
}
tell({ type: 'found', problems })
