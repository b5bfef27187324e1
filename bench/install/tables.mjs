// The record of a run as tables of Markdown.

const MIB = 1024 * 1024

/** @param record what run.mjs has written */
export function tables({ date, machine, rounds, rows }) {
  const subjects = [...new Set(rows.map(({ subject }) => subject))]
  const managers = [...new Set(rows.map(({ manager }) => manager))]
  const rowOf = (subject, manager) =>
    rows.find((row) => row.subject === subject && row.manager === manager)
  const table = (heads, line) =>
    [
      `| | ${heads.join(' | ')} |`,
      `| --- | ${heads.map(() => '---:').join(' | ')} |`,
      ...subjects.map((subject) => `| ${named(subject)} | ${line(subject).join(' | ')} |`),
    ].join('\n')
  const named = (subject) => `${subject} ${rowOf(subject, 'npm').version}`
  const each = (show) => (subject) => managers.map((manager) => show(rowOf(subject, manager)))
  return `
${date}, Node ${machine.node.slice(1)}, ${machine.processors} processors. Holdfast comes from its tarball on the disk, the other packages from the manager's cache. Medians of ${rounds} installations, without a lockfile and without install scripts.

Seconds to install:

${table(
  managers,
  each(({ seconds }) => seconds.toFixed(2)),
)}

Packages, and MiB on the disk:

${table(
  managers,
  each(({ packages, bytes }) => `${packages}, ${(bytes / MIB).toFixed(1)}`),
)}

Packages whose install script was not run, and the time of the first \`import\` in a new process (npm's installation):

${table(['packages with an install script', 'import, ms'], (subject) => {
  const { scripts, importMs } = rowOf(subject, 'npm')
  return [scripts.join(', ') || 'none', importMs.toFixed(0)]
})}
`.trimStart()
}
