// What a shared object of Linux needs and gives: ELF, 64 bits, little-endian.

const HEADER = { sections: 0x28, sectionBytes: 0x3a, sectionCount: 0x3c }
const TYPE = { symbols: 11, dynamic: 6, needs: 0x6ffffffe, versions: 0x6fffffff }
/** A symbol with a smaller number has no version. */
const FIRST_VERSION = 2
const TAG_NEEDED = 1n
const WEAK = 2

/** @param {Buffer} bytes */
export function readElf(bytes) {
  const sections = readSections(bytes)
  const ofType = (type) => sections.find((section) => section.type === type)
  const symbols = readSymbols(bytes, sections, ofType(TYPE.symbols), ofType(TYPE.versions))
  const versions = readVersions(bytes, sections, ofType(TYPE.needs))
  return {
    libraries: readLibraries(bytes, sections, ofType(TYPE.dynamic)),
    /** Those without a version: no library that has versions was linked for them. */
    undefinedSymbols: symbols
      .filter(({ defined, weak, versioned }) => !defined && !weak && !versioned)
      .map(({ name }) => name),
    exports: symbols.filter(({ defined }) => defined).map(({ name }) => name),
    versions,
  }
}

function readSections(bytes) {
  const start = Number(bytes.readBigUInt64LE(HEADER.sections))
  const size = bytes.readUInt16LE(HEADER.sectionBytes)
  return Array.from({ length: bytes.readUInt16LE(HEADER.sectionCount) }, (_, at) => {
    const place = start + at * size
    return {
      type: bytes.readUInt32LE(place + 4),
      offset: Number(bytes.readBigUInt64LE(place + 0x18)),
      size: Number(bytes.readBigUInt64LE(place + 0x20)),
      link: bytes.readUInt32LE(place + 0x28),
    }
  })
}

function readSymbols(bytes, sections, { offset, size, link }, versions) {
  const symbols = []
  // The first one is empty.
  for (let each = 1; each < size / 24; each++) {
    const at = offset + each * 24
    symbols.push({
      name: textAt(bytes, sections[link], bytes.readUInt32LE(at)),
      weak: bytes[at + 4] >> 4 === WEAK,
      defined: bytes.readUInt16LE(at + 6) !== 0,
      versioned:
        versions !== undefined && bytes.readUInt16LE(versions.offset + each * 2) >= FIRST_VERSION,
    })
  }
  return symbols
}

function readLibraries(bytes, sections, { offset, size, link }) {
  const libraries = []
  for (let at = offset; at < offset + size; at += 16) {
    if (bytes.readBigUInt64LE(at) !== TAG_NEEDED) continue
    libraries.push(textAt(bytes, sections[link], Number(bytes.readBigUInt64LE(at + 8))))
  }
  return libraries
}

/** As in `GLIBC_2.28`. musl has none. */
function readVersions(bytes, sections, section) {
  const versions = []
  if (section === undefined) return versions
  for (let at = section.offset, next = 1; next !== 0; at += next) {
    const count = bytes.readUInt16LE(at + 2)
    let entry = at + bytes.readUInt32LE(at + 8)
    for (let each = 0; each < count; each++) {
      versions.push(textAt(bytes, sections[section.link], bytes.readUInt32LE(entry + 8)))
      entry += bytes.readUInt32LE(entry + 12)
    }
    next = bytes.readUInt32LE(at + 12)
  }
  return versions
}

function textAt(bytes, strings, at) {
  const start = strings.offset + at
  return bytes.toString('latin1', start, bytes.indexOf(0, start))
}
