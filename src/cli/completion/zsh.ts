import { quoted, type Offer, type Place } from './places.js'

/** The completion for zsh, 5.0 and later, with what each command and option does. */
export function zshCompletion(places: readonly Place[]): string {
  const everywhere = places.find(({ path }) => path === '')?.options ?? []
  return `#compdef holdfast
# Completion of holdfast for zsh: as _holdfast in a directory of $fpath, or source <(holdfast completion zsh)
_holdfast_place() {
  case $1 in
${places.map((place) => placeCase(place)).join('\n')}
  esac
}
# Offers the values of an option; fails for an option that takes none.
_holdfast_value() {
  case $1:$2 in
${valueCases(places)}
  *) return 1 ;;
  esac
}
_holdfast() {
  local place='' previous='' isText='' offer each
  local -a commands options
  integer at
  _holdfast_place ''
  for ((at = 2; at < CURRENT; at++)); do
    each=\${words[at]}
    if [[ -n $previous ]]; then previous=''; continue; fi
    if [[ -n $isText ]]; then continue; fi
    if [[ $each == -- ]]; then isText=yes; continue; fi
    if [[ $each == -* ]]; then
      if _holdfast_value "$place" "$each" || _holdfast_value '' "$each"; then previous=$each; fi
      continue
    fi
    if (( \${commands[(I)$each:*]} )); then place=\${place:+$place }$each; _holdfast_place "$place"; fi
  done
  each=\${words[CURRENT]}
  if [[ -z $previous && -z $isText && $each == --*=* ]]; then previous=\${each%%=*}; compset -P '*='; fi
  if [[ -n $previous ]]; then
    _holdfast_value "$place" "$previous" || _holdfast_value '' "$previous"
  elif [[ $each == -* && -z $isText ]]; then
    options+=(
${everywhere.map((option) => `      ${described(option.long, option.summary)}`).join('\n')}
    )
    _describe -o option options
    return
  elif (( \${#commands} )); then
    _describe command commands
    return
  fi
  case $offer in
  file) _files ;;
  directory) _files -/ ;;
  nothing) ;;
  *) compadd -- \${=offer} ;;
  esac
}
if [[ $funcstack[1] == _holdfast ]]; then _holdfast "$@"; else compdef _holdfast holdfast; fi
`
}

function placeCase({ path, commands, options, words }: Place): string {
  const lists = [
    `commands=(${commands.map(({ name, summary }) => described(name, summary)).join(' ')})`,
    `options=(${path === '' ? '' : options.map((each) => described(each.long, each.summary)).join(' ')})`,
    `offer=${offer(words)}`,
  ]
  return `  ${quoted(path)})\n    ${lists.join('\n    ')}\n    ;;`
}

function valueCases(places: readonly Place[]): string {
  return places
    .flatMap(({ path, options }) =>
      options.flatMap(({ long, short, value }) => {
        if (value === undefined) return []
        const names = short === null ? [long] : [long, short]
        const patterns = names.map((name) => quoted(`${path}:${name}`))
        return [`  ${patterns.join(' | ')}) offer=${offer(value)} ;;`]
      }),
    )
    .join('\n')
}

function described(name: string, summary: string): string {
  return quoted(`${name}:${summary.replaceAll('\\', '\\\\')}`)
}

function offer(of: Offer): string {
  return quoted(of.kind === 'choices' ? of.choices.join(' ') : of.kind)
}
