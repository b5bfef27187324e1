import { Option } from 'commander'

/** An option that may be given several times; its value is a list, without a default. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, `${description}; repeatable`).argParser(
    (value: string, previous: readonly string[] | undefined): readonly string[] => [
      ...(previous ?? []),
      value,
    ],
  )
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
