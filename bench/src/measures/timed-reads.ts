import { LARGE_STORE, nameAt, storedNameAt, type Name } from '../plan/document.js'
import { quantiles, type Sample } from '../plan/sample.js'
import type { Work } from '../plan/scenarios.js'
import { loadPeer } from '../peer.js'
import type { Subject } from '../subjects/subject.js'
import { Lanes } from './lanes.js'
import type { Measure } from './measure.js'

/** Of a list. */
const VERSIONS = 50
/** Prompts that lists and the latest versions are asked of. */
const LISTED_PROMPTS = 8
const LISTED_DOCUMENTS = VERSIONS * LISTED_PROMPTS
/** Documents that hot and cached reads go round in. */
const READ_DOCUMENTS = 256
/** Enough that reading ahead does not load the next ones: a small database would be in memory after a few reads. */
const COLD_DOCUMENTS = 20_480
const COLD_READS = 128
const PREPARING_LANES = 64
/** Reads between two looks at the clock, which would cost as much as a cached read. */
const READS_TOGETHER = 100
/** Prime, and as far as the reads of one run need to go round once: no two of them are near each other. */
const COLD_STRIDE = 157

type ReadWork = Extract<Work, { kind: 'read' }>

export function measureReads(subject: Subject, work: ReadWork): Measure {
  // The names are made before: making them would cost as much as a cached read.
  const names = Array.from({ length: documentsOf(work) }, (_, at) => namesOf(work)(at))
  const read = readerOf(subject, work, names)
  return {
    settings: subject.settings,
    prepare: async () =>
      await new Lanes(subject, namesOf(work)).save(names.length, PREPARING_LANES),
    run: async (forMs) => {
      if (work.from === 'cold') return await readOnce(read, forMs)
      return await readInLoop(read, forMs, work.what === 'list' ? 1 : READS_TOGETHER)
    },
    close: async () => await subject.close(),
  }
}

function documentsOf({ what, from }: ReadWork): number {
  if (what !== 'get') return LISTED_DOCUMENTS
  return from === 'cold' ? COLD_DOCUMENTS : READ_DOCUMENTS
}

function namesOf({ what }: ReadWork): (at: number) => Name {
  return what === 'get' ? nameAt : (at) => storedNameAt(at, LARGE_STORE)
}

/** The `at`-th read. */
function readerOf(
  subject: Subject,
  { what }: ReadWork,
  names: readonly Name[],
): (at: number) => unknown {
  const nameOf = (at: number): Name => names[at % names.length] ?? NO_NAME
  const prompts = [...new Set(names.map(({ promptId }) => promptId))]
  const promptOf = (at: number): string => prompts[at % prompts.length] ?? ''
  switch (what) {
    case 'get': {
      const get = must(subject.get)
      return (at) => get(nameOf(at))
    }
    case 'list': {
      const list = must(subject.list)
      return async (at) => {
        const { length } = await list(promptOf(at))
        if (length !== VERSIONS) throw new Error(`Expected ${VERSIONS} versions, got ${length}`)
        return length
      }
    }
    case 'latest': {
      const latest = must(subject.latest)
      return (at) => latest(promptOf(at))
    }
    case 'latest-name': {
      const latestName = must(subject.latestName)
      return (at) => latestName(promptOf(at))
    }
  }
}

const NO_NAME: Name = { promptId: '', version: '' }

function must<Method>(method: Method | undefined): Method {
  if (method === undefined) throw new Error('The subject cannot answer this')
  return method
}

/** The clock is tinybench's; one of its tasks is a round of reads. */
async function readInLoop(
  read: (at: number) => unknown,
  forMs: number,
  together: number,
): Promise<Sample> {
  const { Bench } = await loadPeer<TinybenchModule>('tinybench')
  const bench = new Bench({ time: forMs, iterations: 1, warmup: false, throws: true })
  let at = 0
  bench.add('reads', async () => {
    for (let count = 0; count < together; count++) {
      const answer = read(at++)
      const found = answer instanceof Promise ? ((await answer) as unknown) : answer
      if (found === undefined) throw new Error('A document that was saved is not there')
    }
  })
  const [task] = await bench.run()
  if (task?.result.latency === undefined) throw new Error('tinybench gave no result')
  const { latency, totalTime } = task.result
  return { operations: latency.samplesCount * together, elapsedMs: totalTime }
}

/** Each document at most once: the second read of one would be hot. */
async function readOnce(read: (at: number) => unknown, forMs: number): Promise<Sample> {
  const latenciesUs: number[] = []
  const begin = performance.now()
  while (latenciesUs.length < COLD_READS && performance.now() - begin < forMs) {
    const before = performance.now()
    const found = await read(latenciesUs.length * COLD_STRIDE)
    latenciesUs.push((performance.now() - before) * 1000)
    if (found === undefined) throw new Error('A document that was saved is not there')
  }
  const elapsedMs = performance.now() - begin
  return { operations: latenciesUs.length, elapsedMs, latencyUs: quantiles(latenciesUs) }
}

interface TinybenchModule {
  readonly Bench: new (options: {
    readonly time: number
    readonly iterations: number
    readonly warmup: boolean
    readonly throws: boolean
  }) => {
    add(name: string, work: () => Promise<void>): unknown
    run(): Promise<
      readonly {
        readonly result: {
          readonly latency?: { readonly samplesCount: number }
          readonly totalTime: number
        }
      }[]
    >
  }
}
