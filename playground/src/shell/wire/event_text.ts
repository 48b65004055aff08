/** One server-sent event. */
export interface ServerEvent {
  id: string
  type: string
  data: string
}

/**
 * Takes the text of an event stream as it comes, in any pieces, and hands out
 * whole events. Only what the playground's server sends is understood: lines
 * end with LF or CRLF.
 */
export class EventText {
  #rest = ''
  #id = ''
  #type = ''
  #data: string[] = []

  push(chunk: string): ServerEvent[] {
    const events: ServerEvent[] = []
    const lines = (this.#rest + chunk).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) {
      const event = this.#line(line.endsWith('\r') ? line.slice(0, -1) : line)
      if (event) events.push(event)
    }
    return events
  }

  #line(line: string): ServerEvent | null {
    if (line === '') {
      const event = this.#data.length > 0 ? { id: this.#id, type: this.#type || 'message', data: this.#data.join('\n') } : null
      this.#type = ''
      this.#data = []
      return event
    }
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'id') this.#id = value
    else if (field === 'event') this.#type = value
    else if (field === 'data') this.#data.push(value)
    return null
  }
}
