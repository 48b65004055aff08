/** Bytes from any window's realm, as base64. */
export function toBase64(bytes: Uint8Array): string {
  let text = ''
  // In pieces: an argument list of a whole file would overflow the stack.
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(text)
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
}
