const two = (n: number) => String(n).padStart(2, '0')

/** A moment (ms or RFC 3339) as the phone's clock shows it: 14:03:05. */
export function clock(at: number | string): string {
  const t = new Date(at)
  return `${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}`
}

/** The day of a moment: 2026-11-21. */
export function date(at: number | string): string {
  return day(at).slice(0, 10)
}

/** A moment with its day: 2026-11-21 14:03. By hand, since old Android has no Intl. */
export function day(at: number | string): string {
  const t = new Date(at)
  return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())} ${two(t.getHours())}:${two(t.getMinutes())}`
}
