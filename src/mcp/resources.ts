import {
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ReadResourceRequestSchema,
  type Resource,
} from '@modelcontextprotocol/sdk/types.js'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { wrongArgument } from '../base/misuse.js'
import { shown } from '../base/options.js'
import { isErrorNamed } from '../base/values.js'
import { parseReference } from '../versions/registry/reference.js'
import { requireReferenced } from '../versions/registry/storage-reads.js'
import { idsAfter, pageOfIds } from './pages.js'
import { checkClientPrompt, readable, type Place } from './place.js'
import { answering, RESOURCE_NOT_FOUND } from './protocol-error.js'

const PAGE_RESOURCES = 100
const PREFIX = 'holdfast://prompts/'
const BETWEEN = '/versions/'
const JSON_TYPE = 'application/json'

/** Offers each version as a resource: the document as it is stored, under a URI with its id and a reference. */
export function addResources({ server }: McpServer, place: Place): void {
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: [
      {
        name: 'version',
        title: 'A version of a prompt',
        uriTemplate: `${PREFIX}{prompt_id}${BETWEEN}{version}`,
        description: 'version is a number, a range, latest, or a label with an @',
        mimeType: JSON_TYPE,
      },
    ],
  }))
  server.setRequestHandler(ListResourcesRequestSchema, async ({ params }) =>
    answering(async () => await listResources(place, params?.cursor)),
  )
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params: { uri } }) =>
    answering(async () => {
      const text = await readResource(place, uri)
      return { contents: [{ uri, mimeType: JSON_TYPE, text }] }
    }, RESOURCE_NOT_FOUND),
  )
}

/** The URI of a version. */
export function resourceUri(promptId: string, reference: string): string {
  return `${PREFIX}${encodeURIComponent(promptId)}${BETWEEN}${encodeURIComponent(reference)}`
}

/** The prompt and the reference of a URI. @throws TypeError for one that is not that of a version */
export function parseResourceUri(uri: string): {
  readonly promptId: string
  readonly reference: string
} {
  const [id = '', reference = '', ...more] = uri.startsWith(PREFIX)
    ? uri.slice(PREFIX.length).split(BETWEEN)
    : []
  const [promptId, wanted] = [decoded(id), decoded(reference)]
  if (promptId === undefined || wanted === undefined || more.length > 0)
    throw wrongArgument(
      `Argument "uri" must be ${PREFIX}ID${BETWEEN}VERSION with both escaped as in a path, got ${shown(uri)}`,
    )
  return { promptId, reference: wanted }
}

async function listResources(
  { storage }: Place,
  cursor: string | undefined,
): Promise<{ resources: Resource[]; nextCursor?: string }> {
  const ids = idsAfter(await storage.listPromptIds(), cursor)
  const { items, nextCursor } = pageOfIds(ids, PAGE_RESOURCES)
  const resources = items.map((id) => ({
    uri: resourceUri(id, 'latest'),
    name: id,
    mimeType: JSON_TYPE,
  }))
  return { resources, ...(nextCursor === undefined ? {} : { nextCursor }) }
}

async function readResource(place: Place, uri: string): Promise<string> {
  const { promptId, reference } = parseResourceUri(uri)
  checkClientPrompt(promptId)
  const parsed = parseReference(reference, 'version')
  return JSON.stringify(await requireReferenced(readable(place), promptId, parsed))
}

/** `undefined` for an empty text and for broken escapes. */
function decoded(part: string): string | undefined {
  try {
    return part === '' ? undefined : decodeURIComponent(part)
  } catch (error) {
    if (isErrorNamed(error, 'URIError')) return undefined
    throw error
  }
}
