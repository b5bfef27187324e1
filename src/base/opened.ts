import { wrongArgument } from './misuse.js'

/** What only the `open` of a class can pass to its constructor. */
export const OPENED: unique symbol = Symbol('opened')

/** @throws TypeError if the constructor was called directly; `open` names the call to use instead */
export function assertOpened(via: unknown, open: string): void {
  if (via === OPENED) return
  const [name] = open.split('.')
  throw wrongArgument(`${name} has no public constructor: use await ${open}`)
}
