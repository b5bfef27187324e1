/** Whether a pattern names more than one file. */
export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern)
}

/**
 * Whether a relative path matches a pattern: `*` is any text within a name, `?` one character of it, `**` any number of
 * directories. There are no other signs.
 */
export function matchesGlob(path: string, pattern: string): boolean {
  return matchesParts(
    path.split('/'),
    pattern.split('/').filter((part, at, all) => part !== '**' || all[at - 1] !== '**'),
  )
}

function matchesParts(names: readonly string[], patterns: readonly string[]): boolean {
  // Which numbers of names the patterns so far can have taken.
  let taken = new Set([0])
  for (const pattern of patterns) {
    const next = new Set<number>()
    for (const at of taken) {
      if (pattern !== '**') {
        const name = names[at]
        if (name !== undefined && matchesName(name, pattern)) next.add(at + 1)
      } else for (let end = at; end <= names.length; end++) next.add(end)
    }
    taken = next
  }
  return taken.has(names.length)
}

function matchesName(name: string, pattern: string): boolean {
  let [at, next] = [0, 0]
  // Where the last `*` is, and up to where it has matched: nothing before it can match better.
  let [star, matched] = [-1, 0]
  while (at < name.length) {
    if (pattern[next] === '*') [star, matched, next] = [next, at, next + 1]
    else if (pattern[next] === '?' || (next < pattern.length && pattern[next] === name[at])) {
      at++
      next++
    } else if (star >= 0) [next, at, matched] = [star + 1, matched + 1, matched + 1]
    else return false
  }
  while (pattern[next] === '*') next++
  return next === pattern.length
}
