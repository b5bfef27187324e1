import { canonicalJson } from '../../document/canonical-json.js'
import type { FileDocument } from '../file-document.js'
import { hmac } from './key-derivation.js'
import { isSame, type FileKeys } from './keys.js'

/** A document of format 2: bound to the file's key as a whole, so that nobody without it can change anything in it. */
export function sealed(
  document: FileDocument,
  version: number,
  keys: Pick<FileKeys, 'document'>,
): FileDocument {
  const open: FileDocument = { ...document, format: 2, version }
  return { ...open, mac: macOf(open, keys.document).toString('base64') }
}

/** Whether all of a document is as it was sealed. */
export function isSealed(document: FileDocument, keys: Pick<FileKeys, 'document'>): boolean {
  return isSame(macOf(document, keys.document), document.mac ?? '')
}

function macOf(document: FileDocument, key: Uint8Array): Buffer {
  return hmac(key, canonicalJson({ ...document, mac: undefined }))
}
