// What the injector has noted: "CALL ACTION FILE PATH".

const PASSED = new Set(['ok', 'failed'])
const FLUSHES = new Set(['fdatasync', 'fsync'])

/** Whether a call met its fault. @param {string} log */
export function metFault(log) {
  return entriesOf(log).some(({ action }) => !PASSED.has(action))
}

/**
 * Files that were flushed again after a flush of them had failed: the kernel treats their pages as clean by then, so
 * success would say nothing. Directories cannot be rewritten, and what is in them is in the journal.
 * @param {string} log
 * @param {string} [disk]
 */
export function flushedAgain(log, disk = 'native') {
  // Node's own library repeats what a signal has interrupted, for every caller.
  const repeated = disk === 'portable' ? 'EINTR' : undefined
  const failed = new Set()
  const violations = []
  for (const { call, action, file, path } of entriesOf(log)) {
    if (!FLUSHES.has(call) || !isFile(path)) continue
    if (failed.has(file))
      violations.push(`${path} was flushed again (${call}) after a failed flush`)
    if (action !== 'ok' && !action.startsWith('hang') && action !== repeated) failed.add(file)
  }
  return violations
}

/** Directories of a store have no extension, but for those of its own, whose names begin with a dot. */
function isFile(path) {
  return path.endsWith(' (deleted)') || /[^/]\.(json|log)$|\/(reserve|\.shared)$|\/#\d+/.test(path)
}

/** @param {string} log */
function entriesOf(log) {
  return log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [call = '', action = '', file = '', ...path] = line.split(' ')
      return { call, action, file, path: path.join(' ') }
    })
}
