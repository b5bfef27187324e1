import { quoted, type Offer, type Place } from './places.js'

/** What reads the words before the cursor, and asks the tables. */
const DRIVER = `_holdfast_offer() {
  local IFS=$' \\n'
  # A name with spaces is one word.
  case $1 in file | directory) IFS=$'\\n' ;; esac
  case $1 in
  file) COMPREPLY=($(compgen -f -- "$2")) ;;
  directory) COMPREPLY=($(compgen -d -- "$2")) ;;
  nothing) COMPREPLY=() ;;
  *) COMPREPLY=($(compgen -W "$1" -- "$2")) ;;
  esac
  case $1 in
  file | directory) type compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null ;;
  esac
  return 0
}
_holdfast() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous='' path='' isText='' each value at
  COMPREPLY=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    each=\${COMP_WORDS[at]}
    # Bash makes "=" a word of its own.
    if [[ $each == = ]]; then continue; fi
    if [[ -n $previous ]]; then previous=''; continue; fi
    if [[ -n $isText ]]; then continue; fi
    if [[ $each == -- ]]; then isText=yes; continue; fi
    if [[ $each == -* ]]; then
      if _holdfast_value "$path" "$each" >/dev/null || _holdfast_value '' "$each" >/dev/null; then previous=$each; fi
      continue
    fi
    if [[ " $(_holdfast_commands "$path") " == *" $each "* ]]; then path=\${path:+$path }$each; fi
  done
  if [[ $word == = ]]; then word=''; fi
  if [[ -n $previous ]]; then
    value=$(_holdfast_value "$path" "$previous" || _holdfast_value '' "$previous")
    _holdfast_offer "$value" "$word"
  elif [[ $word == -* && -z $isText ]]; then
    _holdfast_offer "\${path:+$(_holdfast_options "$path") }$(_holdfast_options '')" "$word"
  elif [[ -n $(_holdfast_commands "$path") ]]; then
    _holdfast_offer "$(_holdfast_commands "$path")" "$word"
  else
    _holdfast_offer "$(_holdfast_words "$path")" "$word"
  fi
}
complete -F _holdfast holdfast
`

/**
 * The completion for bash, 3.2 and later. It is complete in itself: no process is started for a key press, and the
 * package bash-completion is not needed.
 */
export function bashCompletion(places: readonly Place[]): string {
  return `# Completion of holdfast for bash. In ~/.bashrc: source <(holdfast completion bash)
_holdfast_commands() {
  case $1 in
${cases(places.map(({ path, commands }) => [quoted(path), commands.map(({ name }) => name)]))}
  esac
}
_holdfast_options() {
  case $1 in
${cases(places.map(({ path, options }) => [quoted(path), options.map(({ long }) => long)]))}
  esac
}
# What the value of an option is; fails for an option that takes none.
_holdfast_value() {
  case $1:$2 in
${valueCases(places)}
  *) return 1 ;;
  esac
}
_holdfast_words() {
  case $1 in
${places.map(({ path, words }) => `  ${quoted(path)}) ${offer(words)} ;;`).join('\n')}
  esac
}
${DRIVER}`
}

function cases(entries: readonly (readonly [pattern: string, names: readonly string[]])[]): string {
  return entries
    .filter(([, names]) => names.length > 0)
    .map(([pattern, names]) => `  ${pattern}) echo ${quoted(names.join(' '))} ;;`)
    .join('\n')
}

function valueCases(places: readonly Place[]): string {
  return places
    .flatMap(({ path, options }) =>
      options.flatMap(({ long, short, value }) => {
        if (value === undefined) return []
        const names = short === null ? [long] : [long, short]
        const patterns = names.map((name) => quoted(`${path}:${name}`))
        return [`  ${patterns.join(' | ')}) ${offer(value)} ;;`]
      }),
    )
    .join('\n')
}

function offer(of: Offer): string {
  return `echo ${quoted(of.kind === 'choices' ? of.choices.join(' ') : of.kind)}`
}
