/**
 * The rule of one option in the table of its set: its check and its default. It is called with the name that the caller
 * used, the given value, and all given options.
 */
export type OptionRule<Whole> = (name: string, given: unknown, all: AnyOptions) => Whole

/** A set of options, each described once: its meaning in the interface, its check and default here. */
export type OptionTable<Whole> = { readonly [Name in keyof Whole]-?: OptionRule<Whole[Name]> }

/** The options of an interface with every default; those in `Other` have another type, such as without a default. */
export type Resolved<Given, Other extends object = object> = {
  readonly [Name in keyof Given]-?: Name extends keyof Other
    ? Other[Name]
    : Exclude<Given[Name], undefined>
}

/** Refuses a value that does not fit; otherwise returns it. */
export type Check<Value> = (name: string, given: unknown) => Value

/** The name of an option as the caller spelled it. */
export type NameOf = (option: string) => string

type AnyOptions = Readonly<Record<string, unknown>>

/** Checks each option of a set and adds its default. @throws TypeError or RangeError that names the option */
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

/** Part of a set: of its table, or of its values. */
export function pick<Set extends object, Name extends keyof Set>(
  set: Set,
  names: readonly Name[],
): Pick<Set, Name> {
  return Object.fromEntries(names.map((name) => [name, set[name]])) as Pick<Set, Name>
}
