import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { tempDirectory } from '../../support/temp.js'
import { conformsOverHttp } from './served.js'

conformsOverHttp({
  name: 'a server over files',
  open: async () => await FileSystemStorage.open({ storageDir: await tempDirectory() }),
})
