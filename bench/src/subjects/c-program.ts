import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Sample } from '../plan/sample.js'
import type { OpenSubject } from './subject.js'

/** Built by bench/run.mjs from bench/floor/files.c where there is a C compiler and a Linux. */
const PROGRAM = fileURLToPath(new URL('../files-floor', import.meta.url))

const SETTINGS = {
  journal:
    'C, one thread: O_TMPFILE + write for each file, one journal write + fdatasync, linkat for each file',
  unflushed: 'C, one thread: temporary file + write + rename for each file; nothing is flushed',
} as const

/**
 * What bounds any store with a plain file per document: the system calls of such a save in C, one thread, nothing around
 * them. It runs by itself, so it has no single operations to call.
 */
export function openCProgram(way: 'journal' | 'unflushed'): OpenSubject {
  return async (directory) => {
    const child = spawn(PROGRAM, [directory, way], { stdio: ['pipe', 'pipe', 'inherit'] })
    await once(child, 'spawn')
    const answers = createInterface(child.stdout)[Symbol.asyncIterator]()
    return {
      settings: SETTINGS[way],
      save: () => {
        throw new Error('The C program saves by itself')
      },
      runSaves: async (forMs, lanes) => {
        child.stdin.write(`${lanes} ${forMs}\n`)
        return toSample(String((await answers.next()).value))
      },
      close: async () => {
        child.stdin.end()
        await once(child, 'exit')
      },
    }
  }
}

function toSample(line: string): Sample {
  const numbers = line.split(' ').map(Number)
  if (numbers.length !== 7 || !numbers.every((number) => number >= 0))
    throw new Error(`The C program answered '${line}'`)
  const [operations, elapsedUs, p50, p90, p99, p999, max] = numbers as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return { operations, elapsedMs: elapsedUs / 1000, latencyUs: { p50, p90, p99, p999, max } }
}
