// When a run is to end: after a number of minutes, or when it is told to. A second signal ends it at once.
export function deadlineOf(minutes) {
  let until = performance.now() + minutes * 60_000
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => (until = 0))
  return { goesOn: () => performance.now() < until }
}
