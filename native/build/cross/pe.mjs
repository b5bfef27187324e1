// What a library of Windows needs and gives: PE, 64 bits.

/** @param {Buffer} bytes */
export function readPe(bytes) {
  const header = bytes.readUInt32LE(0x3c)
  const optional = header + 24
  const sections = readSections(bytes, header)
  const place = (address) => {
    const section = sections.find(({ from, to }) => address >= from && address < to)
    if (section === undefined) throw new Error(`No section holds address ${address}`)
    return address - section.from + section.offset
  }
  const directory = (index) => bytes.readUInt32LE(optional + 112 + index * 8)
  return {
    libraries: readImports(bytes, place, directory(1)),
    exports: readExports(bytes, place, directory(0)),
  }
}

function readSections(bytes, header) {
  const start = header + 24 + bytes.readUInt16LE(header + 20)
  return Array.from({ length: bytes.readUInt16LE(header + 6) }, (_, at) => {
    const section = start + at * 40
    const from = bytes.readUInt32LE(section + 12)
    const size = Math.max(bytes.readUInt32LE(section + 8), bytes.readUInt32LE(section + 16))
    return { from, to: from + size, offset: bytes.readUInt32LE(section + 20) }
  })
}

function readImports(bytes, place, address) {
  const libraries = []
  for (let at = place(address); bytes.readUInt32LE(at + 12) !== 0; at += 20) {
    libraries.push(textAt(bytes, place(bytes.readUInt32LE(at + 12))))
  }
  return libraries
}

function readExports(bytes, place, address) {
  const at = place(address)
  const names = place(bytes.readUInt32LE(at + 32))
  return Array.from({ length: bytes.readUInt32LE(at + 24) }, (_, index) =>
    textAt(bytes, place(bytes.readUInt32LE(names + index * 4))),
  )
}

function textAt(bytes, start) {
  return bytes.toString('latin1', start, bytes.indexOf(0, start))
}
