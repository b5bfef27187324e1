// What in a tool's output is about our code.

/** The first line of something that a tool has found. */
const BEGINS =
  /^(==\d+==ERROR: AddressSanitizer|.*: runtime error: |WARNING: ThreadSanitizer|(Direct|Indirect) leak of |==\d+== \S)/m
const LEAK = /^(Direct|Indirect) leak of |are definitely lost/m
/** Node leaves memory behind when it ends, threads that are cut off above all. What it asked for itself is its own. */
const ASKED_BY_NODE = new RegExp(
  `^\\s*#1 .*\\(${process.execPath}\\+|    at .*\\n.*    by .*\\(in ${process.execPath}\\)`,
  'm',
)
/** Sees all of Node, and takes its collector for mistaken, which we may be far below in the stack of. */
const VALGRIND = /^==\d+== /
const NEAR_LINES = 6
/**
 * Helgrind takes an atomic for a plain access, and a signal without the mutex (which saves the woken thread a wait) for
 * a mistake. It is here for locks and their order; races are what tsan sees.
 */
const NOT_ABOUT_LOCKS =
  /Possible data race|This conflicts with|Thread #\d+ (was created|is the program)|associated lock is not held/
const OWN =
  /holdfast::|holdfast\.node|planted\.node|\/native\/\w+\/\w+\.(cc|h):|\/core\/\w+\.cc:|planted\.cc:/

/** @returns {string[]} one text for each report */
export function reportsIn(text) {
  return text
    .replace(/^--\d+-- .*\n/gm, '')
    .split(/\n\s*\n|\n==\d+== ?\n/)
    .filter((block) => BEGINS.test(block))
    .filter((block) => !LEAK.test(block) || (OWN.test(block) && !ASKED_BY_NODE.test(block)))
    .filter((block) => !VALGRIND.test(block) || (isNearOwn(block) && !NOT_ABOUT_LOCKS.test(block)))
    .map((block) => block.trim())
}

function isNearOwn(block) {
  return OWN.test(block.split('\n').slice(0, NEAR_LINES).join('\n'))
}
