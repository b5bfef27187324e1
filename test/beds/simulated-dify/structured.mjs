// Values that fit a schema, for nodes that ask a model for data.

/** The first value that a schema allows, with texts that name their field. */
export function valueFor(schema, name = 'value') {
  if (Array.isArray(schema?.enum)) return schema.enum[0]
  switch (schema?.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([key, field]) => [key, valueFor(field, key)]),
      )
    case 'array':
      return [valueFor(schema.items, `${name} 1`), valueFor(schema.items, `${name} 2`)]
    case 'number':
    case 'integer':
      return schema.minimum ?? 1
    case 'boolean':
      return true
    default:
      return `Simulated ${name}`
  }
}
