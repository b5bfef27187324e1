import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import { conformsOverHttp } from './served.js'

conformsOverHttp({
  name: 'a server over memory',
  open: async () => await Promise.resolve(new MemoryStorage()),
})
