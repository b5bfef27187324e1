/** How the text of a version is written: as it is, or compressed. */
export type VersionForm = 'plain' | 'gzip' | 'zstd'

/** In the order in which a reader looks for them. */
export const VERSION_FORMS: readonly VersionForm[] = ['plain', 'gzip', 'zstd']

/** What follows the name of the plain file. */
const SUFFIXES: Readonly<Record<VersionForm, string>> = { plain: '', gzip: '.gz', zstd: '.zst' }

export function suffixOf(form: VersionForm): string {
  return SUFFIXES[form]
}

/** The form that a file's name says, and the name that the plain file would have. */
export function splitForm(name: string): { readonly form: VersionForm; readonly plain: string } {
  const form = VERSION_FORMS.find((one) => one !== 'plain' && name.endsWith(SUFFIXES[one]))
  if (form === undefined) return { form: 'plain', plain: name }
  return { form, plain: name.slice(0, -SUFFIXES[form].length) }
}
