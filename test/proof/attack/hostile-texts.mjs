import { compareTexts } from '../../../dist/versions/prompts/text-difference.js'

// Prints how many words the second of two texts of 256 KiB has more than the first.
const BYTES = 1 << 18
const repeated = (text) => text.repeat(Math.floor(BYTES / text.length))

const TEXTS = {
  'short words': repeated('ab '),
  'one word': repeated('x'),
  'a long word before short ones': 'x'.repeat(BYTES / 2) + 'ab '.repeat(BYTES / 8),
  'one character after the other': repeated('漢'),
  'joined pictures': repeated('👨‍👩‍👧'),
  'half pairs': repeated('\ud83d'),
}

for (const [name, text] of Object.entries(TEXTS)) {
  console.log(`${name}: ${compareTexts(text, `${text} last`).word_diff}`)
}
