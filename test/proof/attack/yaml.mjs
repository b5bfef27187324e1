import { parseWorkflow } from '../../../dist/optimizer/dify-workflow.js'

// Prints how each hostile text ends: refused with its code, or read. A parser that aborts or hangs prints no more.
const BYTES = 300_000

const repeated = (text) => text.repeat(Math.floor(BYTES / text.length))
const numbered = (one) =>
  Array.from({ length: Math.floor(BYTES / one(10_000).length) }, (_, at) => one(at)).join('')

const NESTED = {
  'lists of lists': '- '.repeat(1000),
  'many more lists of lists': repeated('- '),
  'explicit keys': repeated('? '),
  'empty keys': repeated(': '),
  'open brackets': repeated('['),
  'brackets that are closed': '['.repeat(BYTES / 2) + ']'.repeat(BYTES / 2),
  'mappings in mappings': repeated('{a: '),
  'mappings by indentation': Array.from({ length: 800 }, (_, at) => `${' '.repeat(at)}a:\n`).join(
    '',
  ),
  'quoted keys': repeated('"a": '),
}

const LONG = {
  'different keys': numbered((at) => `key${at}: 1\n`),
  'keys in a line': `{${numbered((at) => `key${at},`)}}`,
  'anchors in a list': numbered((at) => `- &a${at} x\n`),
  'anchors in a mapping': numbered((at) => `key${at}: &a${at} x\n`),
  'aliases of aliases': numbered((at) => `- &a${at} [${at === 0 ? 'x' : `*a${at - 1}`}]\n`),
  aliases: `- &a x\n${repeated('- *a\n')}`,
  'an ordered mapping': `!!omap\n${numbered((at) => `- key${at}: 1\n`)}`,
  'an ordered mapping of YAML 1.1': `%YAML 1.1\n---\n!!omap\n${numbered((at) => `- key${at}: 1\n`)}`,
  'mappings with a merged one': `- &a {${numbered((at) => `key${at}: 1,`).slice(0, BYTES / 2)}}\n${repeated('- {<<: *a}\n')}`,
  'errors in a line': `a: ${repeated('}')}`,
  'errors in lines': repeated('a\n:\n'),
  'brackets that nothing opens': repeated('}\n'),
  directives: numbered((at) => `%TAG !a${at}! x\n`),
  'one tag': '!'.repeat(BYTES),
  comments: repeated('#\n'),
  'empty lines': `a:${repeated('\n')}`,
  documents: repeated('---\n'),
  digits: `a: ${'9'.repeat(BYTES)}`,
  'escaped quotes': `a: "${repeated('\\"')}"`,
  'lines in quotes': `a: '${repeated('\n ')}'`,
  'a block of lines': `a: |\n${repeated('  x\n')}`,
}

const texts = process.argv[2] === 'nested' ? NESTED : LONG
for (const [name, text] of Object.entries(texts)) {
  console.log(`${name}: ${outcome(text)}`)
}

function outcome(text) {
  try {
    parseWorkflow(text, 'hostile.yml')
    return 'read'
  } catch (error) {
    return /^OPT-EXT-0(03|10)$/.test(error.code) ? 'refused' : String(error)
  }
}
