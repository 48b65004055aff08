import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { execFile } from 'node:child_process'

const root = path.resolve(import.meta.dirname, '../..')

/** Builds hufu as users get it, once; returns the path of the program. */
export async function buildHufu(dir) {
  const program = path.join(dir, 'hufu')
  await promisify(execFile)('go', ['build', '-o', program, './cmd/hufu'], { cwd: root, env: { ...process.env, CGO_ENABLED: '0' } })
  return program
}

/**
 * Runs `hufu dev` on free ports, with no Node in its PATH: what it serves must
 * need none. The server is ready when the promise resolves.
 */
export async function startDev(program, { args = [], path: searchPath = '/nonexistent' } = {}) {
  const data = await mkdtemp(path.join(tmpdir(), 'hufu-browser-'))
  const child = spawn(program, ['dev', '--addr', '127.0.0.1:0', '--sim-addr', '127.0.0.1:0', '--data', path.join(data, 'data'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: searchPath, HOME: data, TMPDIR: data },
  })
  let output = ''
  const url = await new Promise((resolve, reject) => {
    const see = (chunk) => {
      output += chunk
      const found = /server\s+(http:\/\/[\d.:]+)/.exec(output)
      if (found) resolve(found[1])
    }
    child.stdout.on('data', see)
    child.stderr.on('data', see)
    child.once('exit', (code) => reject(new Error(`hufu dev ended with ${code}:\n${output}`)))
  })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  return {
    url,
    data,
    get output() {
      return output
    },
    async stop() {
      child.kill('SIGTERM')
      await exited
      await rm(data, { recursive: true, force: true })
    },
  }
}

/** Calls a control of the simulator, or anything that takes JSON. */
export async function post(url, body, { method = 'POST' } = {}) {
  const response = await fetch(url, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
  return response.status === 204 ? null : response.json()
}
