import type { FastifyInstance } from 'fastify'
import { ServerError } from '../server-error.js'

/** Answers for a path that has another method with 405 and the methods that it has, and with 404 for any other. */
export function nameMethods(app: FastifyInstance): void {
  const routes = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const known = routes.get(url) ?? new Set<string>()
    for (const each of [method].flat()) known.add(each)
    routes.set(url, known)
  })
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?')
    const allowed = [...routes].flatMap(([route, methods]) =>
      leadsTo(route, path) ? [...methods] : [],
    )
    if (allowed.length === 0)
      throw new ServerError('HTTP-ROUTE-001', `Nothing is at this path for ${request.method}`)
    const methods = [...new Set(allowed)].toSorted().join(', ')
    void reply.header('allow', methods)
    throw new ServerError('HTTP-METHOD-001', `The methods of this path are ${methods}`, {
      context: { methods },
    })
  })
}

/** Whether a path is one of a route: each part is the same text, or a parameter that takes one part of a path. */
function leadsTo(route: string, path: string): boolean {
  const parts = path.split('/')
  const wanted = route.split('/')
  if (wanted.at(-1) === '*' && parts.length >= wanted.length) return true
  return (
    parts.length === wanted.length &&
    wanted.every((part, at) => part === parts[at] || (part.startsWith(':') && parts[at] !== ''))
  )
}
