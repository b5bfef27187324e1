// What in a tool's output is about our code.

/** The first line of something that a tool has found. */
const BEGINS =
  /^(==\d+==ERROR: AddressSanitizer|.*: runtime error: |WARNING: ThreadSanitizer|(Direct|Indirect) leak of |==\d+== \S)/m
const LEAK = /^(Direct|Indirect) leak of |are definitely lost/m
/** Node leaves memory behind when it ends, threads that are cut off above all. What it asked for itself is its own. */
const ASKED_BY_NODE = new RegExp(`^\\s*#1 .*\\(${process.execPath}\\+`, 'm')
/** Sees all of Node, and takes what a generator of machine code does for mistakes. */
const VALGRIND = /^==\d+== /
const OURS = /holdfast\.node|planted\.node|\/native\/\w+\.(cc|h):|\/core\/\w+\.cc:|planted\.cc:/

/** @returns {string[]} one text for each report */
export function reportsIn(text) {
  return text
    .split(/\n\s*\n|\n==\d+== ?\n/)
    .filter((block) => BEGINS.test(block))
    .filter((block) => !LEAK.test(block) || (OURS.test(block) && !ASKED_BY_NODE.test(block)))
    .filter((block) => !VALGRIND.test(block) || OURS.test(block))
    .map((block) => block.trim())
}
