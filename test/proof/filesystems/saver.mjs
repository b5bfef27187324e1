// A process that saves one version after the other and reports each that was acknowledged.
//
//   node saver.mjs PROMPT COUNT '{"storageDir":...}'
import { FileSystemStorage } from 'holdfast'
import { digestOf, documentOf, keyOf } from '../crash/documents.mjs'
import { tell } from '../crash/wire.mjs'

const [promptId, count, text] = process.argv.slice(2)
const storage = await FileSystemStorage.open(JSON.parse(text))
for (let patch = 0; patch < Number(count); patch++) {
  const document = documentOf({ promptId, version: `1.0.${patch}`, salt: promptId, textBytes: 500 })
  await storage.saveVersion(document)
  tell({ key: keyOf(promptId, document.version), digest: digestOf(document) })
}
await storage.close()
