// The variables of one run of the simulated Dify, and how its texts refer to them.
import { Template } from '@huggingface/jinja'

/** As Dify's engine recognises a reference: no spaces, no "-" in the id of a node. */
const REFERENCE = /\{\{#([A-Za-z0-9_]{1,50}(?:\.[A-Za-z_][A-Za-z0-9_]{0,29}){1,10})#\}\}/g

export class Variables {
  #nodes = new Map()

  set(node, name, value) {
    const own = this.#nodes.get(node) ?? {}
    this.#nodes.set(node, { ...own, [name]: value })
  }

  setAll(node, values) {
    for (const [name, value] of Object.entries(values)) this.set(node, name, value)
  }

  /** The value at a selector: a node, a variable, and names inside of that. undefined if there is none. */
  get(selector) {
    const [node, ...names] = (selector ?? []).map(String)
    let value = this.#nodes.get(node)
    for (const name of names) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name))
        return undefined
      value = value[name]
    }
    return value
  }

  all(node) {
    return this.#nodes.get(node) ?? {}
  }

  /** The selectors that a text refers to. */
  static selectorsIn(text) {
    return Array.from(text.matchAll(REFERENCE), ([, path]) => path.split('.'))
  }

  /** A text with its references replaced. One that names nothing stays as it is. */
  render(text) {
    return String(text ?? '').replace(REFERENCE, (raw, path) => {
      const value = this.get(path.split('.'))
      return value === undefined ? raw : asText(value)
    })
  }
}

/** A Jinja text with the variables that its node declares. A missing one is empty. */
export function renderJinja(text, declared, variables) {
  const values = declared.map(({ variable, value_selector: selector }) => [
    variable,
    variables.get(selector) ?? '',
  ])
  return new Template(text).render(Object.fromEntries(values))
}

/** What Dify puts into a text for a value. */
export function asText(value) {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
