import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import { StorageError } from '../../base/errors.js'
import type { ServerParts } from '../app.js'
import { serveFiles } from './file-routes.js'
import { serveLabels } from './label-routes.js'
import { serveRegistry } from './registry-routes.js'
import { serveVersions } from './version-routes.js'

/** Where the API begins. A change that breaks clients gets another number. */
const API_PATH = '/api/v1'

/** Serves the API, and its description in OpenAPI, which is made from the schemas that requests are checked with. */
export async function serveApi(app: FastifyInstance, parts: ServerParts): Promise<void> {
  await app.register(async (scope) => {
    scope.setValidatorCompiler(validatorCompiler)
    // What is sent was made here; a test holds each answer to its schema.
    scope.setSerializerCompiler(() => (data) => JSON.stringify(data))
    await scope.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Holdfast',
          version: '1',
          description: 'Versions of prompts over HTTP. Errors: docs/errors.md.',
        },
        servers: [{ url: '/' }],
        components: {
          securitySchemes: {
            bearer: { type: 'http', scheme: 'bearer' },
            basic: { type: 'http', scheme: 'basic' },
          },
        },
        security: [{}, { bearer: [] }, { basic: [] }],
      },
      transform: jsonSchemaTransform,
      transformObject: jsonSchemaTransformObject,
    })
    await scope.register(
      async (within) => {
        await Promise.resolve()
        if (parts.options.readOnly) refuseChanges(within)
        const api = within.withTypeProvider<ZodTypeProvider>()
        serveVersions(api, parts)
        serveLabels(api, parts)
        serveRegistry(api, parts)
        const { files, options } = parts
        if (files !== undefined) serveFiles(api, files, options.fileBytesMax)
        within.get(
          '/openapi.json',
          { config: { scope: 'none' }, schema: { hide: true } },
          async () => await Promise.resolve(scope.swagger()),
        )
      },
      { prefix: API_PATH },
    )
  })
}

function refuseChanges(within: FastifyInstance): void {
  within.addHook('onRequest', async ({ method, routeOptions }) => {
    await Promise.resolve()
    const isRead = method === 'GET' || method === 'HEAD' || routeOptions.config.scope === 'read'
    if (!isRead)
      throw new StorageError('FS-READONLY-001', 'The server was started read-only', {
        context: { reason: 'option' },
      })
  })
}
