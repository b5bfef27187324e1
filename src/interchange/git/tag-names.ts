import { isVersion, STORED_VERSIONS } from '../../document/version-number.js'
import { isLabelName } from '../../versions/registry/label-name.js'
import { idOfPath, pathOfId } from '../prompt-path.js'

/** What the name of a tag says. */
export type TagMeaning =
  /** `greeting@1.2.3`, or `v1.2.3` for every prompt that the commit changes. */
  | { readonly kind: 'version'; readonly promptId: string | undefined; readonly version: string }
  /** `greeting@production`. */
  | { readonly kind: 'label'; readonly promptId: string; readonly label: string }

/** The name of the tag for a version or a label of a prompt; undefined for an id that is too long for a name. */
export function tagName(promptId: string, reference: string): string | undefined {
  const path = pathOfId(promptId)
  // In the name of a ref, two dots are a range, and `.lock` is the lock of another ref.
  const name = path?.replaceAll('..', '%2e%2e').replaceAll(/\.(?=lock(?:\/|$))/g, '%2e')
  return name === undefined ? undefined : `${name}@${reference}`
}

/** Undefined for a tag that says nothing about prompts. */
export function parseTagName(name: string): TagMeaning | undefined {
  const at = name.lastIndexOf('@')
  const rest = name.slice(at + 1)
  const version = rest.replace(/^v/, '')
  const promptId = at < 0 ? undefined : idOfTag(name.slice(0, at))
  if (isVersion(version, STORED_VERSIONS) && promptId !== '')
    return { kind: 'version', promptId, version }
  if (promptId === undefined || promptId === '' || !isLabelName(rest)) return undefined
  return { kind: 'label', promptId, label: rest }
}

function idOfTag(path: string): string {
  return idOfPath(path.replaceAll('%2e%2e', '..').replaceAll(/%2e(?=lock(?:\/|$))/g, '.'))
}
