/** A call to the server that was refused or did not reach it. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** 0: no answer at all. */
    readonly status: number,
  ) {
    super(message)
    this.name = 'ApiError'
  }
}

/** The little of HTTP that the page needs: JSON both ways, and the token. */
export class Api {
  #changes = new Set<Promise<unknown>>()

  constructor(
    private readonly token: string,
    private readonly fetcher: typeof fetch = fetch.bind(globalThis),
  ) {}

  /** Calls and returns the JSON of the answer, null if it has none. Rejects with an ApiError. */
  async call(method: string, path: string, body?: unknown): Promise<any> {
    const headers: Record<string, string> = {}
    if (path.startsWith('/playground/')) headers['X-Playground-Token'] = this.token
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    const init: RequestInit = { method, headers }
    if (body !== undefined) init.body = JSON.stringify(body)
    let response: Response
    try {
      response = await this.fetcher(path, init)
    } catch {
      throw new ApiError('no answer', 0)
    }
    const text = await response.text().catch(() => '')
    const answer = parsed(text)
    if (!response.ok) throw new ApiError(answer?.error ?? answer?.detail ?? `${response.status}`, response.status)
    return answer
  }

  /** A call that changes the world around the phone: the phone's next call waits for it. */
  change(method: string, path: string, body?: unknown): Promise<any> {
    const call = this.call(method, path, body)
    // Settled either way: a change that failed holds nobody up.
    const end: Promise<unknown> = call.catch(() => null).then(() => this.#changes.delete(end))
    this.#changes.add(end)
    return call
  }

  /** Resolves when no change is under way, so that a tap right after a control sees its effect. */
  async settled(): Promise<void> {
    while (this.#changes.size > 0) await Promise.all(this.#changes)
  }
}

function parsed(text: string): any {
  try {
    return text ? JSON.parse(text) : null
  } catch {
    return null
  }
}
