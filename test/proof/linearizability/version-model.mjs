// What one version is, its copies in the trash included: {live: digest or undefined, trash: digests, oldest first}.
export function versionModel(initial, final) {
  const goal = sorted(final.trash)
  return {
    initial,
    apply,
    keyOf: ({ live, trash }) => `${live}|${trash.join()}`,
    isEnd: ({ live, trash }) => live === final.live && sorted(trash) === goal,
  }
}

function sorted(digests) {
  return digests.toSorted((a, b) => (a < b ? -1 : 1)).join()
}

function apply(state, operation) {
  return APPLY[operation.kind](state, operation)
}

const APPLY = {
  create(state, { outcome, digest }) {
    if (outcome === 'taken') return state.live === undefined ? undefined : state
    return state.live === undefined ? { live: digest, trash: state.trash } : undefined
  },
  delete(state, { outcome, trash }) {
    const { live } = state
    if (outcome === 'absent') return live === undefined ? state : undefined
    if (live === undefined) return undefined
    return { live: undefined, trash: trash ? [...state.trash, live] : state.trash }
  },
  restore(state, { outcome }) {
    const { live, trash } = state
    if (outcome === 'taken') return live === undefined ? undefined : state
    if (outcome === 'absent') return trash.length === 0 ? state : undefined
    if (live !== undefined || trash.length === 0) return undefined
    return { live: trash.at(-1), trash: trash.slice(0, -1) }
  },
  read: (state, { digest }) => (state.live === digest ? state : undefined),
  exists: (state, { outcome }) => ((state.live !== undefined) === outcome ? state : undefined),
}
