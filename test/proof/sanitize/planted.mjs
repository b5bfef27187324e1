// Does one wrong thing: node planted.mjs <addon> <fault>
import { createRequire } from 'node:module'

const [path, fault] = process.argv.slice(2)
createRequire(import.meta.url)(path)[fault]()
