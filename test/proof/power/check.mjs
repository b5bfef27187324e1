// The independent program: reads the plain files that a recovery has left and says whether they are what the history,
// kept outside of the disk that failed, allows. It shares no code with the library.
//
// {history: marks, soft} begins a new list; {marks: n, reader, directory, names, entries} asks whether what is in the
// directory fits the first n of them, and is answered with {problems, acknowledged, torn}; `outcomes: true` asks what became
// of each call that had not returned as well. n never goes down.
import { createInterface } from 'node:readline'
import { tell } from '../crash/wire.mjs'
import { History, isWhole } from './history.mjs'
import { compareNames, READERS, withoutLeftovers } from './plain-files.mjs'

let marks = []
let history = new History()
let known = 0

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line)
  if (message.history === undefined) tell(check(message))
  else begin(message)
}

function begin({ history: list, soft = false }) {
  marks = list
  history = new History({ soft })
  known = 0
}

function check({ marks: count, reader, directory, names, entries, outcomes }) {
  try {
    while (known < count) history.add(marks[known++])
    const found =
      reader === undefined
        ? { entries: new Map(entries), problems: [] }
        : withoutLeftovers(READERS[reader](directory), directory)
    const problems = [...found.problems, ...history.judge(found.entries)]
    if (names !== undefined) problems.push(...compareNames(names, found.entries))
    const broken = [...found.entries.values()].filter((value) => !isWhole(value)).length
    return {
      problems,
      torn: Math.max(found.torn ?? 0, broken),
      acknowledged: history.acknowledged,
      outcomes: outcomes ? history.outcomes(found.entries) : undefined,
    }
  } catch (error) {
    // A file system that cannot be read any more is not for the library to repair.
    return { problems: [{ kind: 'unreadable', key: '', text: String(error) }], errno: error.code }
  }
}
