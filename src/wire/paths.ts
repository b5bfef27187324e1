/** Where the API of a server begins. A change that breaks clients gets another number. */
export const API_PATH = '/api/v1'

/** The operations of the port: `POST /api/v1/store/:operation`. */
export const PORT_OPERATIONS = [
  'info',
  'ids',
  'names',
  'head',
  'past',
  'views',
  'documents',
  'insert',
  'commit',
  'copy',
  'clear',
  'know-since',
] as const

export type PortOperation = (typeof PORT_OPERATIONS)[number]

/** The path of an operation, behind the server's address. */
export function portPath(operation: PortOperation): string {
  return `${API_PATH}/store/${operation}`
}

/** The stream of changes: server-sent events. */
export const EVENTS_PATH: string = `${API_PATH}/events`

/** Where a server has the documents, each with its checksum as its ETag. */
export const DOCUMENT_PATH: string = `${API_PATH}/store/document`

/** The address of one document. The id is in the query: in a path, `..` would lead elsewhere. */
export function documentPath(promptId: string, version: string): string {
  const query = `prompt_id=${encodeURIComponent(promptId)}&version=${encodeURIComponent(version)}`
  return `${DOCUMENT_PATH}?${query}`
}
