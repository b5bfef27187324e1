import { join } from 'node:path'
import { SqliteStorage } from '../../../src/sqlite/sqlite-storage.js'
import { tempDirectory } from '../../support/temp.js'
import { conformsOverHttp } from './served.js'

conformsOverHttp({
  name: 'a server over SQLite',
  open: async () => await SqliteStorage.open({ file: join(await tempDirectory(), 'prompts.db') }),
})
