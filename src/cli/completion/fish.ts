import type { Offer, OfferedOption, Place } from './places.js'

/** The completion for fish, 3.0 and later, with what each command and option does. */
export function fishCompletion(places: readonly Place[]): string {
  const valued = places.flatMap(({ path, options }) =>
    options.flatMap(({ long, short, value }) =>
      value === undefined
        ? []
        : [long, ...(short === null ? [] : [short])].map((name) => word(`${path}:${name}`)),
    ),
  )
  const commands = places.filter(({ path }) => path !== '').map(({ path }) => word(path))
  return `# Completion of holdfast for fish: as ~/.config/fish/completions/holdfast.fish, or holdfast completion fish | source
set -g __holdfast_commands ${commands.join(' ')}
set -g __holdfast_valued ${valued.join(' ')}
# Whether the words before the cursor lead to this command.
function __holdfast_at
    set -l place ''
    set -l skip no
    for each in (commandline -opc)[2..-1]
        if test $skip = yes
            set skip no
        else if test "$each" = --
            break
        else if string match -q -- '-*' $each
            if contains -- "$place:$each" $__holdfast_valued; or contains -- ":$each" $__holdfast_valued
                set skip yes
            end
        else if contains -- (string trim -- "$place $each") $__holdfast_commands
            set place (string trim -- "$place $each")
        end
    end
    test "$place" = "$argv[1]"
end
complete -c holdfast -e
complete -c holdfast -f
${places.flatMap((place) => linesOf(place)).join('\n')}
`
}

function linesOf({ path, commands, options, words }: Place): readonly string[] {
  const here = `-n ${word(`__holdfast_at ${word(path)}`)}`
  const at = path === '' ? '' : ` ${here}`
  return [
    ...commands.map(
      ({ name, summary }) => `complete -c holdfast ${here} -a ${word(name)} -d ${word(summary)}`,
    ),
    ...options.map((option) => `complete -c holdfast${at} ${optionWords(option)}`),
    ...(words.kind === 'nothing' ? [] : [`complete -c holdfast ${here} ${offer(words)}`]),
  ]
}

function optionWords({ long, short, summary, value }: OfferedOption): string {
  return [
    `-l ${long.slice(2)}`,
    ...(short === null ? [] : [`-s ${short.slice(1)}`]),
    ...(value === undefined ? [] : [value.kind === 'nothing' ? '-x' : `-r ${offer(value)}`]),
    `-d ${word(summary)}`,
  ].join(' ')
}

function offer(of: Offer): string {
  if (of.kind === 'choices') return `-f -a ${word(of.choices.join(' '))}`
  if (of.kind === 'directory') return `-f -a '(__fish_complete_directories)'`
  return of.kind === 'file' ? '-F' : '-f'
}

/** Within single quotes, fish reads only backslashes and quotes. */
function word(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
