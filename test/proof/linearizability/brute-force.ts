import type { PromptOperation } from './prompt-model.mjs'

/**
 * Whether any order explains a history: tries every permutation of every choice of operations that took effect. Shares
 * nothing with the checker but the meaning of an operation, which it tells in its own words. For a handful only.
 */
export function isExplainable(operations: readonly PromptOperation[]): boolean {
  const finished = operations.filter(({ ret }) => ret !== undefined)
  const pending = operations.filter(({ ret }) => ret === undefined)
  for (let choice = 0; choice < 2 ** pending.length; choice++) {
    const chosen = [...finished, ...pending.filter((_, at) => (choice >> at) & 1)]
    for (const order of permutations(chosen)) {
      if (keepsTime(order) && isSequential(order)) return true
    }
  }
  return false
}

function* permutations<Item>(items: readonly Item[]): Generator<readonly Item[], void, undefined> {
  if (items.length === 0) yield []
  for (const [at, first] of items.entries()) {
    for (const rest of permutations(items.toSpliced(at, 1))) yield [first, ...rest]
  }
}

/** What had returned before another was called comes before it. */
function keepsTime(order: readonly PromptOperation[]): boolean {
  return order.every((later, at) =>
    order.slice(0, at).every((earlier) => !((later.ret ?? Infinity) < earlier.call)),
  )
}

/** One after the other on an empty prompt, each ends as it ended. */
function isSequential(order: readonly PromptOperation[]): boolean {
  const present: Record<string, string> = {}
  return order.every((operation) => performs(operation, present))
}

function performs(operation: PromptOperation, present: Record<string, string>): boolean {
  const names = Object.keys(present).sort(
    (left, right) => Number(left.split('.')[1]) - Number(right.split('.')[1]),
  )
  const last = names.at(-1)
  switch (operation.kind) {
    case 'save': {
      const taken = operation.items.some(({ version }) => version in present)
      if (!taken && operation.outcome !== 'taken')
        for (const { version, digest } of operation.items) present[version] = digest
      return taken === (operation.outcome === 'taken')
    }
    case 'delete': {
      const was = operation.version in present
      delete present[operation.version]
      return was === (operation.outcome !== 'absent')
    }
    case 'get':
      return (present[operation.version] ?? null) === operation.answer
    case 'names':
      return names.join() === operation.answer.join()
    case 'latestName':
      return (last ?? null) === operation.answer
    case 'latest':
      return (last && `${last},${present[last]}`) === operation.answer?.join()
    case 'documents':
      return names.map((name) => `${name},${present[name]}`).join() === operation.answer.join()
  }
}
