import { FILES_MARK_FILE } from '../document/layout.js'
import type { DurableDirectory } from '../engine/durable-directory.js'
import { toError } from '../base/values.js'
import type { FileParts } from './file-parts.js'
import { LocalBackend } from './local/local-backend.js'

/** Why a storage is not healthy. */
export interface HealthReason {
  /** `unhealthy`: calls fail. `degraded`: they succeed, though not all is as it should be. */
  readonly status: 'degraded' | 'unhealthy'
  readonly code:
    'not-open' | 'directory-missing' | 'disk' | 'read-only' | 'background-errors' | 'cloud-down'
  readonly message: string
}

/** All reasons that can be told without a change. Asks the disk, and no cloud. */
export async function reasonsOf(parts: FileParts | undefined): Promise<HealthReason[]> {
  if (parts === undefined)
    return [{ status: 'unhealthy', code: 'not-open', message: 'The storage is not open' }]
  const { backend, cloud, fallback } = parts
  const directory = backend instanceof LocalBackend ? backend.directory : fallback?.local
  const reasons = directory === undefined ? [] : await directoryReasons(directory)
  if (fallback?.isDown === true)
    reasons.push({
      status: 'degraded',
      code: 'cloud-down',
      message: `Files are stored in '${fallback.directory}' until the cloud answers: ${fallback.downReason ?? 'it has failed'}`,
    })
  else if (fallback === undefined && cloud?.isUnavailable === true)
    reasons.push({ status: 'unhealthy', code: 'cloud-down', message: 'The cloud keeps failing' })
  return reasons
}

async function directoryReasons(directory: DurableDirectory): Promise<HealthReason[]> {
  const { state, cause, backgroundErrors } = directory.health()
  const reasons: HealthReason[] = []
  try {
    if ((await directory.volume.stat(FILES_MARK_FILE)) === undefined)
      reasons.push({
        status: 'unhealthy',
        code: 'directory-missing',
        message: `The store in '${directory.path}' was removed`,
      })
  } catch (error) {
    reasons.push({ status: 'unhealthy', code: 'disk', message: toError(error).message })
  }
  if (state !== 'ok')
    reasons.push({
      status: 'unhealthy',
      code: 'read-only',
      message: `Nothing can be stored: ${cause?.message ?? state}`,
    })
  if (backgroundErrors > 0)
    reasons.push({
      status: 'degraded',
      code: 'background-errors',
      message: `${backgroundErrors} failures of work that no call awaits`,
    })
  return reasons
}
