import { GROUPS, SCENARIO_NAMES, scenario, type Group, type ScenarioName } from './scenarios.js'
import type { SubjectName } from './subjects.js'

/** One scenario of one subject: it has a process and a directory of its own. */
export interface Cell {
  readonly scenario: ScenarioName
  readonly subject: SubjectName
}

/** Each round gives every cell of a group one run of `runMs`. */
export interface Rounds {
  readonly rounds: number
  readonly runMs: number
}

export interface Choice {
  readonly quick: boolean
  readonly groups: readonly Group[]
  readonly subjects: readonly SubjectName[]
}

/** Long enough for what each group asks; a full run stays below half an hour. */
const ROUNDS: Readonly<Record<Group, { readonly full: Rounds; readonly quick: Rounds }>> = {
  saves: { full: { rounds: 7, runMs: 500 }, quick: { rounds: 2, runMs: 100 } },
  reads: { full: { rounds: 7, runMs: 400 }, quick: { rounds: 2, runMs: 80 } },
  // Long enough for some checkpoints of the default size in each run.
  delay: { full: { rounds: 3, runMs: 4000 }, quick: { rounds: 1, runMs: 700 } },
  files: { full: { rounds: 5, runMs: 400 }, quick: { rounds: 1, runMs: 60 } },
  opens: { full: { rounds: 3, runMs: 0 }, quick: { rounds: 1, runMs: 0 } },
  sizes: { full: { rounds: 9, runMs: 800 }, quick: { rounds: 1, runMs: 200 } },
  recovery: { full: { rounds: 3, runMs: 0 }, quick: { rounds: 1, runMs: 0 } },
  cold: { full: { rounds: 5, runMs: 1000 }, quick: { rounds: 1, runMs: 100 } },
}

export function roundsOf(group: Group, quick: boolean): Rounds {
  return quick ? ROUNDS[group].quick : ROUNDS[group].full
}

/** The groups that have something to do, in order, each with its cells, scenario by scenario. */
export function plan({ quick, groups, subjects }: Choice): ReadonlyMap<Group, readonly Cell[]> {
  const cells = SCENARIO_NAMES.filter((name) => !quick || scenario(name).quick).flatMap((name) =>
    scenario(name)
      .subjects.filter((subject) => subjects.includes(subject))
      .map((subject): Cell => ({ scenario: name, subject })),
  )
  return new Map(
    GROUPS.filter((group) => groups.includes(group))
      .map(
        (group) =>
          [group, cells.filter((cell) => scenario(cell.scenario).group === group)] as const,
      )
      .filter(([, own]) => own.length > 0),
  )
}

/** How many versions the prepared stores have that these cells need, for each subject. */
export function storesOf(
  cells: readonly Cell[],
): readonly { subject: SubjectName; store: number }[] {
  const needed = new Map<string, { subject: SubjectName; store: number }>()
  for (const { scenario: name, subject } of cells) {
    const { work } = scenario(name)
    if (!('store' in work) || work.store === undefined) continue
    needed.set(`${subject}-${work.store}`, { subject, store: work.store })
  }
  return [...needed.values()]
}
