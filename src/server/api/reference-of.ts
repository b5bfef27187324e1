import { formatReference, parseReferenceAfterAt } from '../../versions/registry/reference.js'

/**
 * The reference in a request, in which a label needs no `@`.
 * @throws TypeError for a text that is not a reference
 */
export function referenceOf(text: string): string {
  if (text.startsWith('@')) return text
  return formatReference(parseReferenceAfterAt(text))
}
