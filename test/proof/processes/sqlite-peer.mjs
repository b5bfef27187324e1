// Another process that works on a database: it competes for versions, or dies in the middle of a transaction.
import { SqliteStorage } from '../../../dist/sqlite/index.js'
import { answerParent } from '../../support/answer-parent.mjs'
import { documentOf } from './document.mjs'

const options = JSON.parse(process.argv[2])
const storage = await SqliteStorage.open(options)

const methods = {
  /** Saves each version from `first` on that nothing else has saved, up to `last`; reports those that it has saved. */
  async compete(first, last, name) {
    const save = async (number) => {
      const version = `1.0.${number}`
      try {
        await storage.saveVersion(documentOf('p', version, `${name} has saved it`))
        process.send({ saved: JSON.stringify({ version, name }) })
      } catch (error) {
        if (error.code !== 'OPT-VER-001') throw error
      }
    }
    // Some at a time, so that they share transactions.
    for (let number = first; number <= last; number += 8)
      await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((more) => save(number + more)))
  },
  /** Leaves a transaction open that has saved a version and moved a head. */
  async beginAndStay() {
    const { default: Database } = await import('better-sqlite3')
    const connection = new Database(options.file)
    connection.exec('BEGIN IMMEDIATE')
    connection.exec("INSERT INTO versions VALUES ('half', '1.0.0', NULL, '{}')")
    connection.exec("INSERT INTO heads VALUES ('half', 1, '{}')")
    // More than the cache of pages holds, so that some are in the log already.
    connection.exec('PRAGMA cache_size = 10')
    const insert = connection.prepare("INSERT INTO versions VALUES ('half', ?, NULL, ?)")
    for (let at = 1; at < 200; at++) insert.run(`1.0.${at}`, 'x'.repeat(8000))
    methods.connection = connection
  },
  async close() {
    await storage.close()
    process.disconnect()
  },
}

answerParent((method) => methods[method])
