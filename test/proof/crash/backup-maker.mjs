// Makes backups until it is killed: it tells its parent of each that was acknowledged.
import { DurableDirectory } from 'holdfast'

const [path, to] = process.argv.slice(2)
const directory = await DurableDirectory.open(path, { checkpointIdleMs: 50 })
for (let made = 0; ; made++) {
  process.send({ begun: true })
  const { sequence } = await directory.backup(to, { full: made % 4 === 3 })
  process.send({ made: sequence })
}
