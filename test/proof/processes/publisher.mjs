// Another process that publishes versions of the prompt `p`, and moves its label to some of them.
import { FileSystemStorage, PromptRegistry } from 'holdfast'
import { answerParent } from '../../support/answer-parent.mjs'

const options = JSON.parse(process.argv[2])
const storage = await FileSystemStorage.open(options)
const registry = new PromptRegistry({ storage })

const methods = {
  /** Publishes `count` versions; deletes each fourth one that is not labelled; reports each number. */
  async publish(count, author) {
    for (let at = 0; at < count; at++) {
      const labels = at % 3 === 0 ? ['live'] : []
      const content = { text: `${author} ${at}` }
      const { version } = await registry.publish('p', content, { bump: 'patch', author, labels })
      process.send({ saved: version })
      if (at % 4 === 1) await storage.deleteVersion('p', version).catch(ignoreLabelled)
    }
  },
  /** Adds 1 to the number in the text of the prompt `count`, `times` times, each in a transaction. */
  async count(times) {
    for (let at = 0; at < times; at++)
      await registry.transaction(async (tx) => {
        const before = Number((await tx.get('count'))?.prompt.text ?? 0)
        await tx.publish('count', { text: String(before + 1) })
      })
  },
  async close() {
    await storage.close()
    process.disconnect()
  },
}

function ignoreLabelled(error) {
  if (error.code !== 'OPT-LABEL-001') throw error
}

answerParent((method) => methods[method])
