import { setTimeout as sleep } from 'node:timers/promises'

/** What the clients of a run have seen. */
export class Tally {
  requests = 0
  acknowledged = 0
  moves = 0
  reads = 0
  notModified = 0
  failed = 0
  /** Answers that contradict what was acknowledged. */
  readonly wrong: string[] = []
}

interface Answered {
  readonly status: number
  readonly etag: string | null
  readonly body: Readonly<Record<string, unknown>> | undefined
}

/**
 * A client by plain `fetch`, alone in writing to its prompt, so that it knows what every answer has to be. It sends a
 * request whose outcome it does not know again, until it is answered.
 */
export class LoadClient {
  readonly promptId: string
  /** The highest version that was acknowledged; none before the first. */
  acknowledged = -1
  /** The version that the label is at, as acknowledged. */
  labelled: number | undefined
  readonly #address: string
  readonly #tally: Tally
  readonly #random: () => number
  readonly #etags = new Map<number, string>()

  constructor(address: string, promptId: string, tally: Tally, random: () => number) {
    this.#address = address
    this.promptId = promptId
    this.#tally = tally
    this.#random = random
  }

  /** Works until `isOver`, then ends with everything answered. */
  async work(isOver: () => boolean): Promise<void> {
    await this.#save()
    while (!isOver()) {
      const choice = this.#random()
      if (choice < 0.15) await this.#save()
      else if (choice < 0.2) await this.#label()
      else if (choice < 0.4) await this.#resolve()
      else if (choice < 0.5) await this.#list()
      else await this.#read()
    }
  }

  async #save(): Promise<void> {
    const number = this.acknowledged + 1
    const document = documentOf(this.promptId, number)
    const { status, body } = await this.#untilAnswered(`/versions`, 'POST', {
      document,
      if_same: 'accept',
    })
    if (status !== 201) return this.#isWrong(`save ${number}: ${status} ${JSON.stringify(body)}`)
    this.acknowledged = number
    this.#tally.acknowledged++
  }

  async #label(): Promise<void> {
    const number = this.#any()
    const version = `1.${number}.0`
    const { status, body } = await this.#untilAnswered('/labels/live', 'PUT', { version })
    if (status !== 200) return this.#isWrong(`label ${number}: ${status} ${JSON.stringify(body)}`)
    this.labelled = number
    this.#tally.moves++
  }

  async #resolve(): Promise<void> {
    const { status, body } = await this.#untilAnswered('/resolve?ref=live', 'GET')
    const expected = this.labelled === undefined ? undefined : `1.${this.labelled}.0`
    if (expected === undefined ? status !== 404 : body?.['version'] !== expected)
      this.#isWrong(`live: ${status} ${String(body?.['version'])}, expected ${expected}`)
  }

  async #list(): Promise<void> {
    const { body } = await this.#untilAnswered('/versions?view=names&limit=1&order=desc', 'GET')
    const [last] = (body?.['versions'] ?? []) as readonly string[]
    if (last !== `1.${this.acknowledged}.0`)
      this.#isWrong(`latest: ${last}, expected 1.${this.acknowledged}.0`)
  }

  async #read(): Promise<void> {
    const number = this.#any()
    const known = this.#etags.get(number)
    const headers: Record<string, string> =
      known !== undefined && this.#random() < 0.5 ? { 'if-none-match': known } : {}
    const path = `/versions/1.${number}.0`
    const { status, etag, body } = await this.#untilAnswered(path, 'GET', undefined, headers)
    this.#tally.reads++
    if (known !== undefined && etag !== known) this.#isWrong(`${path}: another checksum`)
    if (etag !== null) this.#etags.set(number, etag)
    if (status === 304 && 'if-none-match' in headers) return void this.#tally.notModified++
    const { prompt } = documentOf(this.promptId, number)
    if (status !== 200 || (body?.['prompt'] as { text?: string } | undefined)?.text !== prompt.text)
      this.#isWrong(`${path}: ${status}`)
  }

  #any(): number {
    return Math.floor(this.#random() * (this.acknowledged + 1))
  }

  #isWrong(what: string): void {
    this.#tally.wrong.push(`${this.promptId} ${what}`)
  }

  /** Sends again what got no answer, and what the server says may be sent again. */
  async #untilAnswered(
    path: string,
    method: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answered> {
    const url = `${this.#address}/api/v1/prompts/${this.promptId}${path}`
    const init: RequestInit = {
      method,
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }
    for (;;) {
      try {
        const response = await fetch(url, init)
        const text = await response.text()
        this.#tally.requests++
        if (response.status < 500)
          return {
            status: response.status,
            etag: response.headers.get('etag'),
            body: text === '' ? undefined : (JSON.parse(text) as Answered['body']),
          }
      } catch {
        // The server was killed, or is not there yet.
      }
      this.#tally.failed++
      await sleep(20)
    }
  }
}

/** The document of a number: who reads it knows what has to be in it. */
export function documentOf(
  promptId: string,
  number: number,
): { readonly version: string; readonly prompt: { readonly id: string; readonly text: string } } {
  const text = `${promptId} ${number} `.repeat(20)
  const fixed = { prompt_id: promptId, created_at: '2026-01-01T00:00:00.000Z' }
  return { ...fixed, version: `1.${number}.0`, prompt: { id: promptId, text } }
}
