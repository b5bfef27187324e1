/** The same shape without `readonly`, at every depth. */
export type Editable<Value> = Value extends readonly (infer Item)[]
  ? Editable<Item>[]
  : Value extends object
    ? { -readonly [Key in keyof Value]: Editable<Value[Key]> }
    : Value

/** A deep copy of a frozen version, or of a part of it, that may be changed. The version itself stays as it is. */
export function editable<Value>(version: Value): Editable<Value> {
  return structuredClone(version) as Editable<Value>
}
