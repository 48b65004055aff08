import type { Picture } from '../../host'

/** In px; WeChat's own are 132, which is little on today's screens. */
const size = 264
const colours = ['#2f6f4f', '#8a4b2a', '#3b5b92', '#7a3b69', '#5b6b2f', '#2f6b73']

/** Someone's WeChat picture: their initial, in a colour of their own. */
export function drawAvatar(name: string): Promise<Picture> {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = size
  const pen = canvas.getContext('2d')
  if (!pen) return Promise.reject(new Error('this browser has no canvas'))
  const sum = [...name].reduce((n, c) => n + c.codePointAt(0)!, 0)
  pen.fillStyle = colours[sum % colours.length]!
  pen.fillRect(0, 0, size, size)
  pen.fillStyle = '#ffffff'
  pen.font = `600 ${size * 0.5}px system-ui, sans-serif`
  pen.textAlign = 'center'
  pen.textBaseline = 'middle'
  pen.fillText([...name][0]?.toUpperCase() ?? '', size / 2, size * 0.53)
  return new Promise((resolve, reject) => {
    canvas.toBlob(async (blob) => {
      if (blob) resolve({ bytes: new Uint8Array(await blob.arrayBuffer()), type: blob.type })
      else reject(new Error('the picture could not be made'))
    }, 'image/png')
  })
}
