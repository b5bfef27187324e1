// The engine on top: several processes and threads on one store, then each closes it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

const writer = fileURLToPath(new URL('writer.mjs', import.meta.url))

/** @param command goes before Node, for tools that are programs */
export async function stores(addon, directory, saves, command) {
  const ends = [0, 1].map(async (number) => {
    const node = [...command, process.execPath, ...process.execArgv, writer]
    const [program, ...given] = [...node, addon, directory, `p${number}`, String(saves)]
    const child = spawn(program, given, { stdio: ['ignore', 'ignore', 'inherit'] })
    const [status] = await once(child, 'close')
    if (status !== 0) throw new Error(`the writer ended with ${status}`)
  })
  const threads = [0, 1].map(async (number) => {
    const argv = [addon, directory, `t${number}`, String(saves)]
    const worker = new Worker(writer, { argv })
    const failed = once(worker, 'error').then(([error]) => {
      throw error
    })
    const [status] = await Promise.race([once(worker, 'exit'), failed])
    if (status !== 0) throw new Error(`the thread ended with ${status}`)
  })
  await Promise.all([...ends, ...threads])
}
