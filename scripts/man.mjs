// Writes dist/man/holdfast.1, the man page of the command, from what `holdfast --describe` prints.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const output = join(root, 'dist/man/holdfast.1')
const command = join(root, 'dist/bundled/holdfast.js')
const described = execFileSync(process.execPath, [command, '--describe'], { encoding: 'utf8' })

write(page(JSON.parse(described)))

function page({ version, program }) {
  return [
    `.TH HOLDFAST 1 "" "holdfast ${roff(version)}" "User Commands"`,
    '.SH NAME',
    `holdfast \\- ${roff(program.summary)}`,
    '.SH SYNOPSIS',
    '.B holdfast',
    '.I command',
    '.RI [ options ]',
    '.SH DESCRIPTION',
    roff('Data goes to standard output, messages to standard error. With --json, exactly one'),
    roff('JSON document is printed, for failures too.'),
    '.SH OPTIONS',
    'These are options of every command.',
    ...program.options.flatMap(option),
    ...groupsOf(program.commands).flatMap(([group, commands]) => [
      `.SH ${roff(group.toUpperCase())} COMMANDS`,
      ...commands.flatMap(commandText),
    ]),
    '.SH EXAMPLES AND EXIT STATUS',
    ...example(program.notes),
    '.SH SEE ALSO',
    roff('The documents of the package: docs/cli.md, docs/operations.md and docs/errors.md.'),
    '',
  ].join('\n')
}

function groupsOf(commands) {
  const groups = new Map()
  for (const each of commands) groups.set(each.group, [...(groups.get(each.group) ?? []), each])
  return [...groups]
}

function commandText({ usage, summary, arguments: words, options, notes, commands, name }) {
  return [
    `.SS ${roff(usage)}`,
    sentence(summary),
    ...words.filter((each) => each.summary !== '').flatMap(argument),
    ...options.flatMap(option),
    ...(notes === '' ? [] : ['.PP', ...example(notes)]),
    ...commands.filter((each) => each.name !== 'help' || name === 'holdfast').flatMap(commandText),
  ]
}

function argument({ name, summary, choices }) {
  return ['.TP', `.I ${roff(name)}`, roff(withChoices(summary, choices))]
}

function option({ long, short, value, summary, choices }) {
  const names = [short, long].filter(Boolean).map((name) => `\\fB${roff(name)}\\fR`)
  const placeholder = value === null ? '' : ` \\fI${roff(value)}\\fR`
  return ['.TP', `${names.join(', ')}${placeholder}`, sentence(withChoices(summary, choices))]
}

function withChoices(summary, choices) {
  return choices === null ? summary : `${summary} (${choices.join(', ')})`
}

/** Text that keeps its lines. */
function example(text) {
  return ['.nf', ...text.split('\n').map(roff), '.fi']
}

function sentence(text) {
  const whole = `${text.charAt(0).toUpperCase()}${text.slice(1)}`
  return roff(/[.!?]$/.test(whole) ? whole : `${whole}.`)
}

/** Text in which roff finds no requests and no hyphens that may break or change. */
function roff(text) {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1')
}

/** A program that has the page open keeps the one that it has read. */
function write(text) {
  if (existsSync(output) && readFileSync(output, 'utf8') === text) return
  mkdirSync(dirname(output), { recursive: true })
  writeFileSync(`${output}.${process.pid}`, text)
  renameSync(`${output}.${process.pid}`, output)
}
