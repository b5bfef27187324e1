import { scenario, type ScenarioName } from '../plan/scenarios.js'
import type { SubjectName } from '../plan/subjects.js'
import { openFleet } from '../subjects/fleet.js'
import { OPEN_SUBJECT } from '../subjects/open-subject.js'
import type { Measure } from './measure.js'
import { fillJournal, measureOpening } from './opening.js'
import { measureFileReads, measureFiles } from './timed-files.js'
import { measureReads } from './timed-reads.js'
import { measureDeletes } from './timed-deletes.js'
import { measureBatches, measureSaves } from './timed-saves.js'

/** What a process of a cell is for: its runs, or only what has to be there before. */
export type Phase = 'prepare' | 'run'

export async function openMeasure(
  name: ScenarioName,
  subject: SubjectName,
  directory: string,
  phase: Phase,
): Promise<Measure> {
  const { work } = scenario(name)
  const open = async (cache: boolean, idleCheckpoints = false) =>
    await OPEN_SUBJECT[subject](directory, { cache, idleCheckpoints })
  switch (work.kind) {
    case 'save': {
      const { lanes, processes, store = 0 } = work
      const saver =
        processes > 1 ? await openFleet(subject, directory, processes) : await open(true)
      return measureSaves(saver, { lanes, store, watchLoop: false })
    }
    case 'loop-delay':
      return measureSaves(await open(true, true), { lanes: work.lanes, store: 0, watchLoop: true })
    case 'delete':
      return measureDeletes(await open(true))
    case 'batch':
      return measureBatches(await open(true), work.documents)
    case 'read':
      return measureReads(await open(work.from === 'cached'), work)
    case 'file':
      return measureFiles(await open(true), work.bytes)
    case 'file-read':
      return measureFileReads(await open(false), work.bytes)
    case 'open':
      return measureOpening(directory, diskOf(subject))
    case 'recover':
      return phase === 'prepare'
        ? fillJournal(directory, diskOf(subject), work.journalBytes)
        : measureOpening(directory, diskOf(subject))
  }
}

function diskOf(subject: SubjectName): 'native' | 'portable' {
  return subject === 'storage-native' ? 'native' : 'portable'
}
