/**
 * What one option is, in the table of its set: its check, and its default. It is called with the name that the caller has
 * used, with what was given, and with all that was.
 */
export type OptionRule<Whole> = (name: string, given: unknown, all: AnyOptions) => Whole

/** A set of options, each described once: its meaning in the interface, its check and default here. */
export type OptionTable<Whole> = { readonly [Name in keyof Whole]-?: OptionRule<Whole[Name]> }

/** The options of an interface with every default: only what is among `Other` has another type, such as without one. */
export type Resolved<Given, Other extends object = object> = {
  readonly [Name in keyof Given]-?: Name extends keyof Other
    ? Other[Name]
    : Exclude<Given[Name], undefined>
}

/** Refuses what does not fit, and returns the value. */
export type Check<Value> = (name: string, given: unknown) => Value

/** The name of an option as its caller has spelled it. */
export type NameOf = (option: string) => string

type AnyOptions = Readonly<Record<string, unknown>>

/** Every default of a set, once. @throws TypeError or RangeError that names the option */
export function resolveOptions<Whole>(
  table: OptionTable<Whole>,
  given: object,
  nameOf: NameOf = (option) => option,
): Whole {
  const all = given as AnyOptions
  const rules = Object.entries<OptionRule<unknown>>(table)
  return Object.fromEntries(
    rules.map(([option, rule]) => [option, rule(nameOf(option), all[option], all)]),
  ) as Whole
}

/** An option with a default, which may be `undefined`. */
export function option<Value, Default extends Value | undefined>(
  byDefault: Default,
  check: Check<Value>,
): OptionRule<Value | Default> {
  return (name, given) => (given === undefined ? byDefault : check(name, given))
}

/** Some of a set: of its table, or of its values. */
export function pick<Set extends object, Name extends keyof Set>(
  set: Set,
  names: readonly Name[],
): Pick<Set, Name> {
  return Object.fromEntries(names.map((name) => [name, set[name]])) as Pick<Set, Name>
}
