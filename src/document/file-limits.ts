import { VERSION_FILE_BYTES_MAX } from './version-file.js'

/*
 * What a file of the store may have to be read whole. A longer one, such as a sparse file in its place, is refused
 * before any memory is taken for it.
 */

/** A mark or a prompt's file: some hundred bytes of facts. */
export const MARK_BYTES_MAX: number = 64 * 1024
/** The index's file: some million versions. What it holds can be derived again from the directories. */
export const INDEX_BYTES_MAX: number = 256 * 1024 * 1024
/** A file's document, the caller's metadata in it. */
export const FILE_DOCUMENT_BYTES_MAX: number = VERSION_FILE_BYTES_MAX
