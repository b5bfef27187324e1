import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Sample } from '../plan.js'
import type { OpenSubject } from './subject.js'

/** Built by bench/run.mjs from bench/floor/files.c where there is a C compiler and a Linux. */
const PROGRAM = fileURLToPath(new URL('../files-floor', import.meta.url))

/**
 * The ceiling of any store with a plain file per document: the system calls of such a save in C, one thread, nothing
 * around them. It runs by itself, so it has no single operations to call.
 */
export const openFilesFloor: OpenSubject = async (directory) => {
  const child = spawn(PROGRAM, [directory], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(child, 'spawn')
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    settings:
      'C, one thread: O_TMPFILE + write for each file, one journal write + fdatasync, linkat for each file',
    save: () => undefined,
    runSaves: async (forMs, lanes) => {
      child.stdin.write(`${lanes} ${forMs}\n`)
      return toSample(String((await answers.next()).value))
    },
    get: () => {
      throw new Error('The floor of the files reads nothing')
    },
    close: async () => {
      child.stdin.end()
      await once(child, 'exit')
    },
  }
}

function toSample(line: string): Sample {
  const [operations, elapsedUs, p50Us, p99Us] = line.split(' ').map(Number)
  if (operations === undefined || elapsedUs === undefined || !(operations > 0))
    throw new Error(`The floor of the files answered '${line}'`)
  return {
    operations,
    elapsedMs: elapsedUs / 1000,
    ...(p50Us === undefined ? {} : { p50Us }),
    ...(p99Us === undefined ? {} : { p99Us }),
  }
}
