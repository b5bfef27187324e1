import { quantiles } from '../plan/sample.js'
import type { Subject } from '../subjects/subject.js'
import type { Measure } from './measure.js'

/** Written at most by one run: 64 MiB at a time would fill a disk. */
const RUN_BYTES = 256 * 1024 * 1024

const FILES_READ = 8

/** Whole files, one at a time, each under a new name: removing files would slow down those that are made next. */
export function measureFiles(subject: Subject, bytes: number): Measure {
  const { putFile } = subject
  if (putFile === undefined) throw new Error('The subject keeps no files')
  const content = Buffer.alloc(bytes, 'Holdfast keeps whole files. ')
  let files = 0
  const put = async (): Promise<void> => {
    // Others find a content by its digest, and would store the same one only once.
    content.writeUInt32LE(files)
    const stored = putFile(`file-${files++}`, content)
    if (stored !== undefined) await stored
  }
  return fileMeasure(subject, put, put, bytes)
}

/** Whole files from the page cache, one at a time, round and round. */
export function measureFileReads(subject: Subject, bytes: number): Measure {
  const { putFile, getFile } = subject
  if (putFile === undefined || getFile === undefined) throw new Error('The subject keeps no files')
  let reads = 0
  const prepare = async (): Promise<void> => {
    for (let at = 0; at < FILES_READ; at++)
      await putFile(`file-${at}`, Buffer.alloc(bytes, `${at}`))
  }
  const read = async (): Promise<void> => {
    const { length } = await getFile(`file-${reads++ % FILES_READ}`)
    if (length !== bytes) throw new Error(`A file of ${bytes} bytes came back with ${length}`)
  }
  return fileMeasure(subject, prepare, read, bytes)
}

function fileMeasure(
  subject: Subject,
  prepare: () => Promise<void>,
  once: () => Promise<void>,
  bytes: number,
): Measure {
  return {
    settings: subject.settings,
    prepare,
    run: async (forMs) => {
      const latenciesUs: number[] = []
      const begin = performance.now()
      do {
        const before = performance.now()
        await once()
        latenciesUs.push((performance.now() - before) * 1000)
      } while (performance.now() - begin < forMs && latenciesUs.length * bytes < RUN_BYTES)
      const elapsedMs = performance.now() - begin
      return { operations: latenciesUs.length, elapsedMs, latencyUs: quantiles(latenciesUs) }
    },
    close: async () => await subject.close(),
  }
}
