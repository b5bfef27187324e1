// Runs inside a machine: recovers the store that an earlier kernel has left and tells what is in it, then lets writers
// loose on it until this kernel dies as well. What it says goes through files of the host, which outlive the machine.
import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'

const [place, disk] = process.argv.slice(2)
const plan = JSON.parse(readFileSync(0, 'utf8'))
const storageDir = join(disk, 'store')

if (plan.reopen !== undefined) await reopen()
if (plan.check !== undefined && existsSync(storageDir)) await check()
if (plan.writers !== undefined) await write()

/** Opens the store and no more: the host kills this kernel somewhere in the recovery. */
async function reopen() {
  const { FileSystemStorage } = await import('holdfast')
  say({ type: 'recovering' })
  const storage = await FileSystemStorage.open({ storageDir })
  say({ type: 'recovered' })
  await sleep(plan.reopen.waitMs)
  await storage.close()
}

async function check() {
  const said = join(place, 'found')
  const ended = await start('check.mjs', [storageDir, plan.check.probe], said)
  if (ended !== 0) say({ type: 'failed', what: 'the checker', text: readFileSync(said, 'utf8') })
  else writeFileSync(join(place, 'checked'), '')
}

async function write() {
  say({ type: 'writing' })
  const endings = plan.writers.map(async (writer) => {
    const said = join(place, `history-${writer.name}`)
    const args = [JSON.stringify({ ...writer, options: { ...writer.options, storageDir } })]
    await start('writer.mjs', args, said)
    say({ type: 'failed', what: writer.name, text: readFileSync(said, 'utf8').slice(-2000) })
  })
  await Promise.all(endings)
}

/** A program of the torture, its words in a file of the host. */
async function start(program, args, said) {
  const path = fileURLToPath(new URL(`../crash/${program}`, import.meta.url))
  const output = openSync(said, 'a')
  const child = spawn(process.execPath, [path, ...args], { stdio: ['pipe', output, output] })
  return await new Promise((resolve) => child.once('close', resolve))
}

function say(message) {
  appendFileSync(join(place, 'events'), `${JSON.stringify(message)}\n`)
}
