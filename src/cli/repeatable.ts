import { Option } from 'commander'

const REPEATABLE = new WeakSet<Option>()

/** An option that may be given several times; its value is a list, without a default. */
export function repeatable(flags: string, description: string): Option {
  const option = new Option(flags, `${description}; repeatable`).argParser(
    (value: string, previous: readonly string[] | undefined): readonly string[] => [
      ...(previous ?? []),
      value,
    ],
  )
  REPEATABLE.add(option)
  return option
}

/** Whether an option may be given several times. */
export function isRepeatable(option: Option): boolean {
  return option.variadic || REPEATABLE.has(option)
}

/** Leaves out what was not given: the library has its own defaults. */
export function given<Options extends object>(
  options: Options,
): { [Name in keyof Options]: Exclude<Options[Name], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as {
    [Name in keyof Options]: Exclude<Options[Name], undefined>
  }
}
