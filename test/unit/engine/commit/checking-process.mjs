// Labels each version that exists, or removes each that has no label: `checking-process.mjs DIRECTORY ROLE ROUNDS`.
import { DurableDirectory } from '../../../../dist/index.js'

const [, , path, role, rounds] = process.argv
const directory = await DurableDirectory.open(path)
const isConflict = ({ code }) => code === 'FS-CONFLICT-001'
for (let round = 0; round < Number(rounds); round++) {
  const operations =
    role === 'label'
      ? [
          { kind: 'check', path: `v/${round}`, present: true },
          { kind: 'create', path: `label/${round}`, bytes: Buffer.from('x') },
        ]
      : [
          { kind: 'check', path: `label/${round}`, absent: true },
          { kind: 'remove', path: `v/${round}` },
        ]
  await directory.commit(operations).catch((error) => {
    if (!isConflict(error)) throw error
  })
}
await directory.close()
