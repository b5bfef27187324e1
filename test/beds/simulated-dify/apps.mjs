// The apps of the simulated Dify: imported files, their published versions and their keys.
import { randomBytes, randomUUID } from 'node:crypto'
import { readYaml } from './yaml.mjs'

const WITH_GRAPH = ['workflow', 'advanced-chat']

export class Apps {
  #apps = new Map()

  /** Imports a file: as a new app, or as the draft of an existing one. Throws for what Dify refuses. */
  import(text, { appId, name } = {}) {
    const file = readYaml(text)
    if (file?.version && typeof file.version !== 'string')
      throw new Error('Invalid version type, expected str')
    const mode = file?.app?.mode
    if (typeof mode !== 'string') throw new Error('Missing app mode')
    if (WITH_GRAPH.includes(mode) && file.workflow === undefined)
      throw new Error('Missing workflow data for workflow/advanced chat app')
    if (!WITH_GRAPH.includes(mode) && file.model_config === undefined)
      throw new Error('Missing model_config for chat/agent-chat/completion app')
    const app = appId === undefined ? this.#create(mode) : this.byId(appId)
    if (app === undefined) throw new Error('App not found')
    app.name = name ?? file.app.name ?? 'Untitled'
    app.draft = { file, text, hash: randomUUID() }
    return app
  }

  /** Makes the draft the version that runs. */
  publish(app) {
    const version = {
      id: randomUUID(),
      file: app.draft.file,
      text: app.draft.text,
      created_at: now(),
    }
    app.versions.push(version)
    return version
  }

  byId(id) {
    return this.#apps.get(id)
  }

  byKey(key) {
    return [...this.#apps.values()].find(({ keys }) => keys.includes(key))
  }

  addKey(app) {
    const key = `app-${randomBytes(12).toString('hex')}`
    app.keys.push(key)
    return key
  }

  #create(mode) {
    const app = { id: randomUUID(), mode, versions: [], keys: [], conversations: new Map() }
    this.#apps.set(app.id, app)
    return app
  }
}

/** The version with this id, or the one that was published last. */
export function versionOf(app, id) {
  return id === undefined ? app.versions.at(-1) : app.versions.find((version) => version.id === id)
}

const now = () => Math.floor(Date.now() / 1000)
