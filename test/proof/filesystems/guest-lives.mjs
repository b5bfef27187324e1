// Boots one machine and lets stores live in it on all file systems of guest-cases.mjs whose programs are here. What was
// found is in the file `lives` of PLACE, one JSON document a line. Prints why, when no machine can be started.
//
//   node guest-lives.mjs PLACE [NAME...]
import { fileURLToPath } from 'node:url'
import { isProgram, Machine, whyNoMachine } from '../kernel/machine.mjs'
import { GUEST_CASES } from './guest-cases.mjs'

const [place, ...names] = process.argv.slice(2)
const lacking = whyNoMachine()
if (lacking === undefined) await live()
else console.log(lacking)

async function live() {
  const cases = GUEST_CASES.filter(({ name }) => names.length === 0 || names.includes(name)).filter(
    ({ needs = [] }) => needs.every(isProgram),
  )
  const machine = new Machine({
    place,
    program: fileURLToPath(new URL('guest.mjs', import.meta.url)),
    modules: cases.flatMap(({ modules = [] }) => modules),
    input: JSON.stringify(cases),
  })
  process.once('SIGTERM', () => void machine.kill())
  await machine.ended
}
