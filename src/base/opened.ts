import { wrongArgument } from './misuse.js'

/** What the `open` of a class hands to its constructor, and nothing else can. */
export const OPENED: unique symbol = Symbol('opened')

/** @throws TypeError for a constructor that was called directly; `open` is what to call instead */
export function assertOpened(via: unknown, open: string): void {
  if (via === OPENED) return
  const [name] = open.split('.')
  throw wrongArgument(`${name} has no public constructor: use await ${open}`)
}
